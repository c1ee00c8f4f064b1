//! What people have written on the machine: the guide, the policy, messages and notes.

use kit::calendar::{self, DAY, HOUR};
use kit::{Rng, Vfs};

use crate::cast::Cast;
use crate::places;

/// The report's sections.
pub const SECTIONS: [&str; 6] = ["Bill", "Tags", "Budget", "Numbers", "Switch-offs", "Remarks"];

/// Places all of them.
pub fn place(files: &mut Vfs, cast: &Cast, seed: &[u8]) {
    let mut rng = Rng::new(seed, "cost-review/pages");
    files.place(places::GUIDE, guide(), cast.past[1] + 10 * HOUR, 0o644);
    files.place(places::POLICY, policy(cast), cast.past[0] + 10 * HOUR, 0o644);
    place_old_requests(files, cast, &mut rng);
    place_mail(files, cast, &mut rng);
    place_homes(files, cast, &mut rng);
    files.place("/etc/hostname", format!("{}\n", cast.host), cast.past[0], 0o644);
    let motd = format!("{} ({}), finance operations\n", cast.host, cast.org);
    files.place("/etc/motd", motd, cast.past[0], 0o644);
}

fn guide() -> String {
    format!(
        "# The monthly cost review\n\n\
        ## Where things are\n\
        Bills are in {bills}, one CSV a month; usage exports in {usage}; budgets in {budgets}. The inventory ({inventory}) lists every resource, {tags} has its owner and cost centre. Requests are in {requests}.\n\n\
        ## The bill\n\
        Each line has quantity, rate and amount; the amount should be quantity times rate. Every resource of the bill should be in the inventory. What does not fit goes into the report; the supplier is asked about it later.\n\n\
        ## The numbers\n\
        One line for each cost centre and one for the total, in months/MONTH/summary.csv (cost_centre,amount). The amounts are those of the bill, by the tags as they are once the month's requests are done; what is in no inventory counts as `unassigned`. `costs sums MONTH` prints just that.\n\n\
        ## The report\n\
        months/MONTH/report.md with the sections {sections}. Switch-offs lists what the nightly job will switch off in the night after the review, with request number and owner: `sweep plan` shows the plan, `sweep why NAME` the points for one resource, and {policy} explains them.\n",
        bills = places::BILLS,
        usage = places::USAGE,
        budgets = places::BUDGETS,
        inventory = places::INVENTORY,
        tags = places::TAGS,
        requests = places::REQUESTS,
        sections = SECTIONS.join(", "),
        policy = places::POLICY
    )
}

fn policy(cast: &Cast) -> String {
    format!(
        "# Switching off what is no longer needed\n\n\
        Every night at {time} UTC the job `sweep` ({job}) goes through the schedule and switches off what is due. That is for good: the machine is given back and its disks are wiped.\n\n\
        A resource is switched off when all of these points hold at the time of the run:\n\n\
        1. It has an entry in {schedule} whose date has come.\n\
        2. Its owner was told in time: its stage in {state} is `announced`, since `notice_days` days or more.\n\
        3. In the inventory its lifecycle is `retiring` and its end date has come.\n\
        4. Its idle score in the last full month's idle.csv is `min_score` or more.\n\
        5. Its owner tag names a team of {teams} that has not opted out.\n\
        6. Its cost-centre tag is an open one of {centres}.\n\
        7. This month's budget has no money for it (0.00, or no line).\n\
        8. It is not exempt ({exemptions}), or the exemption has run out.\n\n\
        Whatever fails a point stays on, and the log says which point it was. The numbers, and where the job reads, are in {settings}. If one of the files cannot be read, nothing is switched off that night.\n\n\
        Exemptions and changes of the schedule are the cost board's business.\n",
        time = calendar::clock(cast.run),
        job = places::JOB,
        schedule = places::SCHEDULE,
        state = places::STATE,
        teams = places::TEAMS,
        centres = places::CENTRES,
        exemptions = places::EXEMPTIONS,
        settings = places::SETTINGS
    )
}

fn place_old_requests(files: &mut Vfs, cast: &Cast, rng: &mut Rng) {
    let first: u64 = cast.tags.number.trim_start_matches("FIN-").parse().unwrap_or(1200);
    for (back, text) in [
        (5, "Please add a column for the unit to the export of the bill."),
        (6, "The quarterly list goes to the managers by the tenth from now on."),
    ] {
        let number = format!("FIN-{}", first - 400 + back * 31 + rng.range(0, 20));
        let day = cast.past[back as usize];
        let text = format!(
            "# {number}\n\n{text}\n\n{}, {}. Done on {}.\n",
            cast.people[1].full(),
            calendar::long_date(day),
            calendar::long_date(day + 3 * DAY)
        );
        files.place(&places::request(&number), text, day + 3 * DAY + 9 * HOUR, 0o644);
    }
}

fn place_mail(files: &mut Vfs, cast: &Cast, rng: &mut Rng) {
    let mut notes = vec![
        (
            "price-list",
            "The supplier's new price list comes in two weeks. Hourly rates go up a little, disks stay the same.",
        ),
        (
            "meeting-room",
            "The monthly meeting moves to the small room on the second floor, because the projector downstairs is being repaired.",
        ),
        (
            "export-times",
            "The daily export now starts at four in the morning. If a file is missing at five, please write to us.",
        ),
        (
            "forms",
            "Please use the new form for purchases above 500 from the first of the month. The old one is still on the shelf.",
        ),
    ];
    rng.shuffle(&mut notes);
    for (at, (name, text)) in notes.into_iter().take(3).enumerate() {
        let sent = cast.now - (at as u64 * 2 + 2) * DAY - rng.range(1, 5) * HOUR;
        let (from, to) = (cast.people[4 - at].full(), cast.people[0].full());
        let text = format!("From: {from}\nTo: {to}\nRe: {}\n\n{text}\n", name.replace('-', " "));
        let path = format!("{}/{}-{name}.txt", places::MAIL, calendar::date(sent));
        files.place(&path, text, sent, 0o644);
    }
}

fn place_homes(files: &mut Vfs, cast: &Cast, rng: &mut Rng) {
    let notes = rng.sample(
        &[
            "ask about the parking card\nlunch list is on the board",
            "bring the spare keyboard\ncall the printer people",
            "read up on the new chart of accounts\nsend the minutes round",
            "book the train for the quarterly meeting",
        ],
        2,
    );
    for (person, note) in cast.people.iter().zip(notes) {
        let path = format!("/home/{}/notes.txt", person.login());
        files.place(&path, format!("{note}\n"), cast.past[6] + 11 * HOUR, 0o644);
    }
}
