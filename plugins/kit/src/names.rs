//! Invented names, so that no text of a scenario is the same under two seeds.
//!
//! The names are ordinary and say nothing. Company and agent names are put together from parts;
//! hosts end in `.internal` or `.example`, which no one can own.

use crate::rng::Rng;

const FIRST: [&str; 64] = [
    "Adela", "Amara", "Anton", "Arjun", "Astrid", "Beatriz", "Bela", "Boris", "Carmen", "Cedric",
    "Chidi", "Clara", "Dalia", "Daniel", "Delphine", "Edgar", "Elif", "Emeka", "Enzo", "Farida",
    "Felix", "Fiona", "Gareth", "Greta", "Hanna", "Hassan", "Hiroko", "Ines", "Ivan", "Jamal",
    "Jana", "Joris", "Kaito", "Karim", "Katya", "Laila", "Leandro", "Lin", "Lucia", "Magnus",
    "Maren", "Mateo", "Mei", "Milan", "Nadia", "Naveen", "Noor", "Oksana", "Olivier", "Paloma",
    "Petra", "Priya", "Rafael", "Renata", "Ruben", "Samira", "Sofia", "Stefan", "Tamar", "Tomas",
    "Ulrike", "Viktor", "Yusuf", "Zofia",
];
const LAST: [&str; 64] = [
    "Abara",
    "Achterberg",
    "Albu",
    "Andersen",
    "Aoki",
    "Barros",
    "Bauer",
    "Bekele",
    "Bianchi",
    "Brandt",
    "Castell",
    "Chandran",
    "Cooper",
    "Dahl",
    "Dimitrov",
    "Doyle",
    "Eklund",
    "Farkas",
    "Fenwick",
    "Ferreira",
    "Fontaine",
    "Garza",
    "Gruber",
    "Haddad",
    "Halloran",
    "Hartmann",
    "Hoang",
    "Ibarra",
    "Iversen",
    "Jansen",
    "Kaplan",
    "Katz",
    "Kovacs",
    "Kumar",
    "Laurent",
    "Lindqvist",
    "Lowe",
    "Maldonado",
    "Marchetti",
    "Mbeki",
    "Moreau",
    "Nakata",
    "Novak",
    "Obi",
    "Okafor",
    "Orlov",
    "Pavlik",
    "Petrov",
    "Quiroga",
    "Rahman",
    "Reyes",
    "Rossi",
    "Sandoval",
    "Sato",
    "Schreiber",
    "Silva",
    "Sorensen",
    "Takeda",
    "Torres",
    "Varga",
    "Vasquez",
    "Wolff",
    "Yilmaz",
    "Zeman",
];
const COMPANY_FRONT: [&str; 40] = [
    "Alder", "Amber", "Anchor", "Birch", "Bright", "Brook", "Cedar", "Clear", "Coast", "Copper",
    "Dale", "Elm", "Fern", "Field", "Fjord", "Glen", "Granite", "Harbour", "Haven", "Hazel",
    "Heath", "Iron", "Juniper", "Lake", "Larch", "Linden", "Marsh", "Meadow", "Mill", "North",
    "Oak", "Pine", "Quarry", "Ridge", "River", "Rowan", "Slate", "Spruce", "Stone", "Willow",
];
const COMPANY_BACK: [&str; 24] = [
    "bank", "bridge", "brook", "crest", "dale", "field", "ford", "gate", "ground", "grove",
    "haven", "hill", "house", "land", "mark", "mere", "mont", "port", "shore", "side", "stead",
    "vale", "well", "works",
];
const COMPANY_KIND: [&str; 12] = [
    "Analytics",
    "Foods",
    "Freight",
    "Insurance",
    "Instruments",
    "Libraries",
    "Logistics",
    "Networks",
    "Paper",
    "Printing",
    "Systems",
    "Textiles",
];
const AGENT: [&str; 48] = [
    "Abacus",
    "Almanac",
    "Astrolabe",
    "Atlas",
    "Beacon",
    "Bellows",
    "Bobbin",
    "Caliper",
    "Canto",
    "Chisel",
    "Cipher",
    "Compass",
    "Cove",
    "Delta",
    "Ember",
    "Ferry",
    "Flint",
    "Gallery",
    "Gimbal",
    "Harrow",
    "Hopper",
    "Inkwell",
    "Jigsaw",
    "Kiln",
    "Lantern",
    "Ledger",
    "Lintel",
    "Lodestar",
    "Loom",
    "Mantle",
    "Mosaic",
    "Orchard",
    "Parcel",
    "Pivot",
    "Plume",
    "Quill",
    "Rafter",
    "Relay",
    "Saddle",
    "Sextant",
    "Shuttle",
    "Sundial",
    "Tiller",
    "Trellis",
    "Tundra",
    "Vellum",
    "Wicket",
    "Windlass",
];
const SERVICE: [&str; 32] = [
    "address-lookup",
    "archive-index",
    "billing-export",
    "booking-sync",
    "cache-warmer",
    "catalogue-feed",
    "claims-intake",
    "currency-rates",
    "delivery-quotes",
    "document-preview",
    "event-fanout",
    "fax-gateway",
    "form-parser",
    "geo-tiles",
    "image-resize",
    "invoice-render",
    "label-printer",
    "ledger-import",
    "mail-merge",
    "metrics-rollup",
    "order-router",
    "parcel-track",
    "payroll-feed",
    "permit-check",
    "price-watch",
    "queue-drain",
    "report-builder",
    "route-planner",
    "session-store",
    "stock-count",
    "tariff-cache",
    "thumbnailer",
];
const TEAM: [&str; 20] = [
    "Accounts",
    "Billing Platform",
    "Customer Records",
    "Data Services",
    "Delivery Tools",
    "Document Systems",
    "Facilities",
    "Field Support",
    "Infrastructure",
    "Internal Tools",
    "Inventory",
    "Logistics Systems",
    "Network Operations",
    "Order Desk",
    "Platform",
    "Procurement",
    "Publishing",
    "Records",
    "Service Desk",
    "Storage",
];
const HOST_ROLE: [&str; 16] = [
    "app", "batch", "build", "cache", "core", "data", "edge", "files", "gate", "jobs", "log",
    "mail", "node", "ops", "store", "web",
];

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Given name.
    pub first: String,
    /// Family name.
    pub last: String,
}

impl Person {
    /// `Mei Novak`.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `mnovak`, as on a machine.
    #[must_use]
    pub fn login(&self) -> String {
        let first = self.first.chars().next().unwrap_or('x');
        format!("{first}{}", self.last).to_lowercase()
    }
}

/// One of 4096 people.
pub fn person(rng: &mut Rng) -> Person {
    Person { first: (*rng.pick(&FIRST)).to_owned(), last: (*rng.pick(&LAST)).to_owned() }
}

/// `count` people with different given and family names; 64 at most.
pub fn people(rng: &mut Rng, count: usize) -> Vec<Person> {
    let lasts = rng.sample(&LAST, count);
    let firsts = rng.sample(&FIRST, count);
    let both = firsts.iter().zip(lasts);
    both.map(|(first, last)| Person { first: (*first).to_owned(), last: last.to_owned() }).collect()
}

/// `Cedarmere Freight`: one of 11520.
pub fn company(rng: &mut Rng) -> String {
    let (front, back) = (rng.pick(&COMPANY_FRONT), rng.pick(&COMPANY_BACK));
    format!("{front}{back} {}", rng.pick(&COMPANY_KIND))
}

/// The name of a company as part of a host's name: `cedarmere`.
#[must_use]
pub fn slug(name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or("site");
    first.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// `Lantern`: a name for an AI agent.
pub fn agent(rng: &mut Rng) -> String {
    (*rng.pick(&AGENT)).to_owned()
}

/// `count` different names for AI agents; 48 at most.
pub fn agents(rng: &mut Rng, count: usize) -> Vec<String> {
    rng.sample(&AGENT, count).into_iter().map(str::to_owned).collect()
}

/// `route-planner`: a service without an agent.
pub fn service(rng: &mut Rng) -> String {
    (*rng.pick(&SERVICE)).to_owned()
}

/// `count` different services; 32 at most.
pub fn services(rng: &mut Rng, count: usize) -> Vec<String> {
    rng.sample(&SERVICE, count).into_iter().map(str::to_owned).collect()
}

/// `count` different teams; 20 at most.
pub fn teams(rng: &mut Rng, count: usize) -> Vec<String> {
    rng.sample(&TEAM, count).into_iter().map(str::to_owned).collect()
}

/// `batch-07`: a machine, by its short name.
pub fn host(rng: &mut Rng) -> String {
    format!("{}-{:02}", rng.pick(&HOST_ROLE), rng.range(1, 40))
}

/// `count` different machines.
pub fn hosts(rng: &mut Rng, count: usize) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::with_capacity(count);
    while hosts.len() < count {
        let host = host(rng);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// `CHG-48213`: an id as ticket systems give them.
pub fn ticket(rng: &mut Rng, prefix: &str) -> String {
    format!("{prefix}-{}", rng.range(10_000, 100_000))
}

/// `10.42.7.19`: a private address.
pub fn address(rng: &mut Rng) -> String {
    format!("10.{}.{}.{}", rng.range(0, 256), rng.range(0, 256), rng.range(1, 255))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_different<T: PartialEq>(items: &[T]) -> bool {
        items.iter().enumerate().all(|(n, item)| !items[..n].contains(item))
    }

    #[test]
    fn pools_hold_no_name_twice() {
        for pool in [&FIRST[..], &LAST, &COMPANY_FRONT, &COMPANY_BACK, &AGENT, &SERVICE, &TEAM] {
            assert!(all_different(pool));
        }
    }

    #[test]
    fn groups_have_different_members() {
        let mut rng = Rng::new(&[5; 32], "groups");
        let people = people(&mut rng, 64);
        assert_eq!(people.len(), 64);
        assert!(all_different(&people));
        assert!(all_different(&agents(&mut rng, 48)));
        assert!(all_different(&hosts(&mut rng, 100)));
    }

    #[test]
    fn forms() {
        let person = Person { first: "Mei".into(), last: "Novak".into() };
        assert_eq!((person.full().as_str(), person.login().as_str()), ("Mei Novak", "mnovak"));
        assert_eq!(slug("Cedarmere Freight"), "cedarmere");
        let mut rng = Rng::new(&[6; 32], "forms");
        assert!(ticket(&mut rng, "CHG").starts_with("CHG-"));
        assert_eq!(address(&mut rng).split('.').count(), 4);
    }

    #[test]
    fn names_vary_with_the_seed() {
        let companies: Vec<String> =
            (0..40u8).map(|n| company(&mut Rng::new(&[n; 32], "company"))).collect();
        // 40 draws of 11520: two the same are as likely as 7 in 100, three never seen.
        let mut distinct = companies.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() >= 38, "{companies:?}");
    }
}
