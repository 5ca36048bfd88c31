//! What happened at the desk, as a table to read.

/// A ticket and all that was said on it.
pub(super) struct Ticket {
    /// Hours after the beginning of the story.
    pub(super) hour: i64,
    pub(super) subject: &'static str,
    pub(super) body: &'static str,
    pub(super) category: &'static str,
    /// -1 low, 0 normal, 1 high, 2 critical.
    pub(super) priority: i16,
    pub(super) state: State,
    pub(super) from: &'static str,
    pub(super) assigned_to: Option<&'static str>,
    /// Hours after the beginning of the story.
    pub(super) due: Option<i64>,
    pub(super) tags: &'static [&'static str],
    pub(super) said: &'static [Comment],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    New,
    InProcess,
    Waiting,
    Closed,
}

/// Something said on a ticket.
pub(super) struct Comment {
    /// Hours after the ticket was opened.
    pub(super) after: i64,
    pub(super) by: &'static str,
    pub(super) text: &'static str,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everybody on the ticket reads it.
    Public,
    /// A note among technicians.
    Note,
    /// The desk itself tells what was done.
    System,
}

use Kind::{Note, Public, System};
use State::{Closed, InProcess, New, Waiting};

/// Subject of the ticket a script is told of as the open one.
pub(super) const OPEN: &str = "Laptop does not start after the update";

/// Subject of the ticket a script is told of as the closed one.
pub(super) const CLOSED: &str = "Second monitor stays dark";

pub(super) const TICKETS: [Ticket; 12] = [
    Ticket {
        hour: 0,
        subject: OPEN,
        body: "<p>Since <b>this morning</b> my laptop shows a black screen with a white cursor. I need it for a meeting with a customer on Friday.</p>",
        category: "Hardware",
        priority: 1,
        state: InProcess,
        from: "demo.carl",
        assigned_to: Some("demo.tina"),
        due: Some(96),
        tags: &["laptop", "update"],
        said: &[
            said(
                1,
                "demo.alan",
                "Ticket has been assigned to Tina Moss",
                System,
            ),
            said(
                2,
                "demo.tina",
                "Which model is it? Please hold the power button for ten seconds and try once more.",
                Public,
            ),
            said(
                3,
                "demo.carl",
                "It is the T14. That did not help. A picture of what it shows is attached.",
                Public,
            ),
            said(
                4,
                "demo.tina",
                "The third one this week: the graphics driver again. Ask the vendor before we hand out new ones.",
                Note,
            ),
        ],
    },
    Ticket {
        hour: 2,
        subject: CLOSED,
        body: "My second monitor stays dark since I moved to the new desk.",
        category: "Hardware",
        priority: 0,
        state: Closed,
        from: "demo.carl",
        assigned_to: Some("demo.tom"),
        due: None,
        tags: &["monitor"],
        said: &[
            said(
                1,
                "demo.tom",
                "I will bring another cable after lunch.",
                Public,
            ),
            said(5, "demo.carl", "It works now, thank you!", Public),
            said(6, "demo.tom", "Ticket has been closed by Tom Field", System),
        ],
    },
    Ticket {
        hour: 5,
        subject: "Please make an account for our apprentice",
        body: "<p>Lena Winter starts on the first of the month. She needs:</p><ul><li>a mail box</li><li>the shared folders of Sales</li></ul>",
        category: "Accounts and access",
        priority: 0,
        state: New,
        from: "demo.mary",
        assigned_to: None,
        due: Some(240),
        tags: &["onboarding"],
        said: &[],
    },
    Ticket {
        hour: 8,
        subject: "Front door does not lock",
        body: "The front door does not lock since the storm. Everybody can walk in!",
        category: "Building",
        priority: 2,
        state: InProcess,
        from: "demo.clara",
        assigned_to: Some("demo.tom"),
        due: Some(12),
        tags: &["door", "urgent"],
        said: &[
            said(
                1,
                "demo.tom",
                "On my way. Please leave nothing of value in the hall till then.",
                Public,
            ),
            said(
                9,
                "demo.clara",
                "It is evening now and it still does not lock.",
                Public,
            ),
        ],
    },
    Ticket {
        hour: 11,
        subject: "Spreadsheet crashes with large files",
        body: "Whenever I open the ledger of last year, the program closes itself.",
        category: "Software",
        priority: 0,
        state: Waiting,
        from: "demo.dave",
        assigned_to: Some("demo.tina"),
        due: None,
        tags: &["spreadsheet"],
        said: &[said(
            20,
            "demo.tina",
            "Please try version 7.2, which you find in the software centre, and tell us how it goes.",
            Public,
        )],
    },
    Ticket {
        hour: 26,
        subject: "Printer on the first floor is out of toner",
        body: "Black is empty, the other colours are fine.",
        category: "Hardware",
        priority: -1,
        state: Closed,
        from: "demo.clara",
        assigned_to: Some("demo.tom"),
        due: None,
        tags: &["printer"],
        said: &[
            said(
                2,
                "demo.tom",
                "Done. There is a spare one in the cupboard.",
                Public,
            ),
            said(2, "demo.tom", "Ticket has been closed by Tom Field", System),
        ],
    },
    Ticket {
        hour: 30,
        subject: "Printer on the first floor jams",
        body: "Paper gets stuck about every tenth page.",
        category: "Hardware",
        priority: 0,
        state: InProcess,
        from: "demo.clara",
        assigned_to: Some("demo.tom"),
        due: Some(80),
        tags: &["printer"],
        said: &[
            said(
                4,
                "demo.tom",
                "The rollers are worn. New ones come on Thursday.",
                Public,
            ),
            said(
                5,
                "demo.tom",
                "If it jams again after that we replace the machine, it is out of warranty.",
                Note,
            ),
        ],
    },
    Ticket {
        hour: 33,
        subject: "Cannot log in to the customer portal",
        body: "It says that my account is locked.",
        category: "Accounts and access",
        priority: 1,
        state: Closed,
        from: "demo.dave",
        assigned_to: Some("demo.alan"),
        due: None,
        tags: &["password"],
        said: &[
            said(
                1,
                "demo.alan",
                "Unlocked. Please choose a new password at the next login.",
                Public,
            ),
            said(
                1,
                "demo.alan",
                "Ticket has been closed by Alan Reed",
                System,
            ),
        ],
    },
    Ticket {
        hour: 50,
        subject: "Wireless network is slow in the meeting room",
        body: "With more than five people in the room video calls break off.",
        category: "Hardware",
        priority: 0,
        state: New,
        from: "demo.mary",
        assigned_to: None,
        due: None,
        tags: &["network"],
        said: &[],
    },
    Ticket {
        hour: 52,
        subject: "Move the mail server to the new machine",
        body: "<p>Plan for the weekend:</p><ol><li>announce it</li><li>copy</li><li>switch the names over</li></ol>",
        category: "Internal projects",
        priority: 0,
        state: InProcess,
        from: "demo.tina",
        assigned_to: Some("demo.tina"),
        due: Some(400),
        tags: &["project", "mail"],
        said: &[said(
            3,
            "demo.alan",
            "The new machine is in the rack.",
            Note,
        )],
    },
    Ticket {
        hour: 55,
        subject: "Order disks for the new mail server",
        body: "Four of 4 TB.",
        category: "Internal projects",
        priority: 0,
        state: New,
        from: "demo.tina",
        assigned_to: None,
        due: Some(200),
        tags: &["project"],
        said: &[],
    },
    Ticket {
        hour: 60,
        subject: "Renewal of our contract",
        body: "Our contract ends in June. Please send us an offer for the Plus level.",
        category: "Contracts",
        priority: 0,
        state: InProcess,
        from: "demo.mary",
        assigned_to: Some("demo.alan"),
        due: Some(700),
        tags: &[],
        said: &[said(24, "demo.alan", "You will have it this week.", Public)],
    },
];

/// Tickets that belong together, by their subjects.
pub(super) const LINKED: [&str; 2] = [
    "Printer on the first floor is out of toner",
    "Printer on the first floor jams",
];

/// A ticket and the ticket it is part of.
pub(super) const PART_OF: [&str; 2] = [
    "Order disks for the new mail server",
    "Move the mail server to the new machine",
];

const fn said(after: i64, by: &'static str, text: &'static str, kind: Kind) -> Comment {
    Comment {
        after,
        by,
        text,
        kind,
    }
}
