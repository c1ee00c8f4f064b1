//! What stands on a document, and what a record holds: the same fields in two ways of writing.

use kit::Rng;
use kit::calendar::{self, DAY};
use kit::names;

/// The four kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goods that came in.
    Delivery,
    /// A supplier's invoice.
    Invoice,
    /// Meters of a site, read on one day.
    Meters,
    /// Work of a technician on a machine.
    Maintenance,
}

/// All kinds.
pub const KINDS: [Kind; 4] = [Kind::Delivery, Kind::Invoice, Kind::Meters, Kind::Maintenance];

impl Kind {
    /// The word of the records.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Delivery => "delivery-note",
            Self::Invoice => "invoice",
            Self::Meters => "meter-readings",
            Self::Maintenance => "maintenance-slip",
        }
    }

    /// The words of the document.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Delivery => "Delivery note",
            Self::Invoice => "Invoice",
            Self::Meters => "Meter readings",
            Self::Maintenance => "Maintenance slip",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Delivery => "DN",
            Self::Invoice => "INV",
            Self::Meters => "MR",
            Self::Maintenance => "MS",
        }
    }

    /// The field for the other party.
    #[must_use]
    pub fn party_key(self) -> &'static str {
        match self {
            Self::Delivery | Self::Invoice => "supplier",
            Self::Meters => "site",
            Self::Maintenance => "technician",
        }
    }

    /// The field for the number of what it belongs to.
    #[must_use]
    pub fn reference_key(self) -> &'static str {
        match self {
            Self::Delivery | Self::Invoice => "order",
            Self::Meters => "route",
            Self::Maintenance => "machine",
        }
    }

    fn reference_prefix(self) -> &'static str {
        match self {
            Self::Delivery | Self::Invoice => "PO",
            Self::Meters => "RT",
            Self::Maintenance => "MC",
        }
    }

    /// What a line is about, and what is counted.
    #[must_use]
    pub fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivery => ("article", "quantity"),
            Self::Invoice => ("item", "quantity"),
            Self::Meters => ("meter", "reading"),
            Self::Maintenance => ("part", "quantity"),
        }
    }
}

/// The contents of a document or of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Which kind.
    pub kind: Kind,
    /// The document's own number; also the name of its file.
    pub number: String,
    /// Midnight of its day.
    pub date: u64,
    /// Supplier, site or technician.
    pub party: String,
    /// Order, route or machine number.
    pub reference: String,
    /// What it lists.
    pub lines: Vec<Line>,
    /// Sum of an invoice, in cents.
    pub total: Option<u64>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Article, meter or part.
    pub item: String,
    /// How many, or the reading.
    pub quantity: u64,
    /// Of what.
    pub unit: &'static str,
    /// Cents, on an invoice.
    pub amount: Option<u64>,
}

const GOODS: [(&str, &str); 18] = [
    ("packing tape 50 mm", "rolls"),
    ("pallet film clear", "rolls"),
    ("copy paper A4", "reams"),
    ("wooden pallets", "pieces"),
    ("cable ties 200 mm", "bags"),
    ("cleaning cloths", "packs"),
    ("work gloves size 9", "pairs"),
    ("safety shoes size 43", "pairs"),
    ("road salt", "kg"),
    ("absorbent granules", "kg"),
    ("hydraulic oil HLP 46", "litres"),
    ("hand soap", "litres"),
    ("carton 400 x 300", "pieces"),
    ("edge guards", "pieces"),
    ("label rolls 100 x 150", "rolls"),
    ("envelopes C5", "packs"),
    ("drinking cups", "packs"),
    ("sand bags", "bags"),
];
const METERS: [(&str, &str); 12] = [
    ("main hall, power", "kWh"),
    ("cold store, power", "kWh"),
    ("office wing, power", "kWh"),
    ("workshop, power", "kWh"),
    ("charging bay, power", "kWh"),
    ("gatehouse, power", "kWh"),
    ("boiler room, gas", "m3"),
    ("canteen, gas", "m3"),
    ("canteen, water", "m3"),
    ("wash bay, water", "m3"),
    ("office wing, water", "m3"),
    ("sprinkler tank, water", "m3"),
];
const PARTS: [(&str, &str); 14] = [
    ("V-belt 13 x 1000", "pieces"),
    ("filter cartridge", "pieces"),
    ("bearing 6204", "pieces"),
    ("hose clamp 20 mm", "pieces"),
    ("pressure hose", "metres"),
    ("sealing cord", "metres"),
    ("grease EP2", "kg"),
    ("gear oil", "litres"),
    ("coolant", "litres"),
    ("fuse 10 A", "pieces"),
    ("contactor 24 V", "pieces"),
    ("hex bolt M8", "packs"),
    ("proximity switch", "pieces"),
    ("wiper seal", "pieces"),
];
const SITES: [&str; 10] = [
    "North yard",
    "Depot East",
    "Canal Street hall",
    "Mill Road store",
    "Station warehouse",
    "South dock",
    "Ring Road depot",
    "Old brewery store",
    "Airport annex",
    "Hill Lane workshop",
];

/// Where the parties of a world's documents come from.
#[derive(Debug)]
pub struct Parties {
    companies: Vec<String>,
    technicians: Vec<String>,
}

impl Parties {
    /// Draws them; `org` is not its own supplier.
    #[must_use]
    pub fn draw(rng: &mut Rng, org: &str) -> Self {
        let mut companies: Vec<String> = Vec::new();
        while companies.len() < 9 {
            let name = names::company(rng);
            // Two suppliers with one front name would make a slip between them a subtle one.
            let front = names::slug(&name);
            let known = companies.iter().any(|other| names::slug(other)[..3] == front[..3]);
            if !known && names::slug(org)[..3] != front[..3] {
                companies.push(name);
            }
        }
        let technicians = names::people(rng, 7).iter().map(names::Person::full).collect();
        Self { companies, technicians }
    }

    /// One that can stand on a document of this kind, and is not `but`.
    pub fn pick(&self, rng: &mut Rng, kind: Kind, but: &str) -> String {
        let one_of = |rng: &mut Rng| match kind {
            Kind::Delivery | Kind::Invoice => rng.pick(&self.companies).clone(),
            Kind::Meters => (*rng.pick(&SITES)).to_owned(),
            Kind::Maintenance => rng.pick(&self.technicians).clone(),
        };
        loop {
            let found = one_of(rng);
            if found != but {
                return found;
            }
        }
    }
}

/// A document of the days before the week that begins at `monday`.
#[must_use]
pub fn draw(rng: &mut Rng, kind: Kind, parties: &Parties, number: u64, monday: u64) -> Paper {
    let pool: &[(&str, &'static str)] = match kind {
        Kind::Delivery | Kind::Invoice => &GOODS,
        Kind::Meters => &METERS,
        Kind::Maintenance => &PARTS,
    };
    let count = usize::try_from(rng.range(3, 7)).unwrap_or(3);
    let lines: Vec<Line> = rng
        .sample(pool, count)
        .into_iter()
        .map(|(item, unit)| {
            let quantity = match kind {
                Kind::Meters => rng.range(10_240, 98_760),
                Kind::Maintenance => rng.range(1, 25),
                Kind::Delivery | Kind::Invoice => rng.range(12, 480),
            };
            let amount = (kind == Kind::Invoice).then(|| quantity * rng.range(85, 940));
            Line { item: item.to_owned(), quantity, unit, amount }
        })
        .collect();
    let total = (kind == Kind::Invoice).then(|| lines.iter().filter_map(|line| line.amount).sum());
    Paper {
        kind,
        number: format!("{}-{number}", kind.prefix()),
        // A weekday of the two weeks before.
        date: calendar::midnight(monday) - rng.pick(&[3, 4, 5, 6, 7, 10, 11]) * DAY,
        party: parties.pick(rng, kind, ""),
        reference: format!("{}-{}", kind.reference_prefix(), distinct_digits(rng)),
        lines,
        total,
    }
}

/// Six digits of which no two neighbours are the same, so that two of them can be swapped.
fn distinct_digits(rng: &mut Rng) -> String {
    let mut digits = vec![rng.range(1, 10)];
    while digits.len() < 6 {
        let next = rng.range(0, 10);
        if digits.last() != Some(&next) {
            digits.push(next);
        }
    }
    digits.iter().map(u64::to_string).collect()
}
