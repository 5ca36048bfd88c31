//! Very many tickets by few statements: what they say is varied, who they are about is not looked at closely.
//!
//! Each batch is one transaction, and the number of tickets made so far is part of it: a run that is interrupted goes on
//! where it stopped, and a second run with the same number does nothing.

use sqlx::PgConnection;

use super::at;
use crate::error::Result;

/// Tickets of one batch.
pub const BATCH: i32 = 10_000;

/// Where the number of tickets made so far is kept.
const COUNTER: &str = "demo.tickets";

/// One customer for so many tickets.
const TICKETS_A_CUSTOMER: i32 = 50;

const THINGS: [&str; 24] = [
    "Laptop",
    "Printer",
    "Monitor",
    "Keyboard",
    "Docking station",
    "Telephone",
    "Projector",
    "Scanner",
    "Mail program",
    "Calendar",
    "Spreadsheet",
    "Browser",
    "Shared folder",
    "Customer portal",
    "Payroll report",
    "Wireless network",
    "Video call",
    "Badge reader",
    "Door",
    "Heating",
    "Coffee machine",
    "Elevator",
    "Backup",
    "Invoice template",
];
const PROBLEMS: [&str; 20] = [
    "does not start",
    "is very slow",
    "shows an error",
    "makes a strange noise",
    "stopped after the update",
    "asks for a password again and again",
    "cannot be found",
    "is broken",
    "loses its settings",
    "needs a replacement",
    "hangs every morning",
    "does not print in colour",
    "is missing a cable",
    "has the wrong language",
    "is locked",
    "does not sync",
    "must be moved",
    "is too loud",
    "freezes in meetings",
    "was delivered damaged",
];
const OPENINGS: [&str; 12] = [
    "Good morning, since yesterday I cannot work properly.",
    "Hello, this began after the weekend.",
    "It worked until lunch and then it stopped.",
    "Several colleagues have the same trouble.",
    "I tried it on two machines with the same result.",
    "This is the second time this month.",
    "We have visitors tomorrow and need it then.",
    "Nobody here knows what to do about it.",
    "I have restarted everything twice.",
    "The supplier told us to ask you first.",
    "It only happens when it is raining.",
    "My colleague said you solved this before.",
];
const DETAILS: [&str; 16] = [
    "The message speaks of a missing driver.",
    "A red light blinks three times.",
    "The window closes without a word.",
    "It takes more than ten minutes until something happens.",
    "The certificate is said to be expired.",
    "The disk seems to be full.",
    "It says that the account is locked.",
    "The list stays empty whatever I choose.",
    "Only the first page comes out.",
    "The picture flickers and goes dark.",
    "The connection breaks off after a minute.",
    "The amounts are shown in the wrong currency.",
    "The file opens read only.",
    "It smells of burnt plastic.",
    "The attachment cannot be opened.",
    "The address book has lost all numbers.",
];
const ANSWERS: [&str; 14] = [
    "Thank you for telling us, we are looking into it.",
    "Please restart it once and hold the power button for ten seconds.",
    "A new one is on its way to you.",
    "We have reset your password, please choose a new one.",
    "This is fixed by the update of tonight.",
    "I will come by in the afternoon.",
    "Which version do you use? You find it under Help, About.",
    "The supplier has confirmed the fault.",
    "We had to restart the server, it should be fine now.",
    "Please clear the cache and try again.",
    "Your quota has been raised.",
    "The cable was loose, I have fixed it.",
    "We have ordered the spare part.",
    "Please use the other room until tomorrow.",
];
const REPLIES: [&str; 12] = [
    "It works now, thank you!",
    "Unfortunately nothing has changed.",
    "I will try that tomorrow and tell you.",
    "The version is 7.2.",
    "Now there is another message.",
    "Perfect, please close this ticket.",
    "Is there any news about this?",
    "My colleague has the same problem, please help her too.",
    "I am out of office until Monday.",
    "The new one arrived, where do I send the old one?",
    "It happened again this morning.",
    "That helped, but it is still slow.",
];

/// Where the tickets go and who is on them.
#[derive(Debug)]
pub struct Scene {
    categories: Vec<i32>,
    technicians: Vec<i32>,
    customers: Vec<i32>,
}

/// How many tickets were made before.
pub async fn made(conn: &mut PgConnection) -> Result<i32> {
    let made = sqlx::query_scalar!(
        r#"select (value ->> 'made')::integer as "made!" from settings where name = $1"#,
        COUNTER,
    )
    .fetch_optional(conn)
    .await?;
    Ok(made.unwrap_or(0))
}

/// Make the customers for `tickets` tickets, and look up everybody else. The company of the demo must be there.
pub async fn scene(conn: &mut PgConnection, tickets: i32) -> Result<Scene> {
    let customers = (tickets / TICKETS_A_CUSTOMER).clamp(10, 10_000);
    sqlx::query!(
        "insert into users (username, email, first_name, last_name, company_id, created_at)
         select 'demo.customer-' || i, 'customer-' || i || '@brightwater.example',
             (array['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gina', 'Hugo', 'Iris', 'Jon'])[1 + i % 10],
             'Number ' || i,
             (select id from companies where name in ('Brightwater', 'Oak & Sons') order by (hashint4(i) & 1 = 1) = (name = 'Brightwater') limit 1),
             $2
         from generate_series(1, $1::integer) i
         on conflict do nothing",
        customers,
        at(-900),
    )
    .execute(&mut *conn)
    .await?;
    let customers = sqlx::query_scalar!(
        "select id from users where username like 'demo.customer-%' order by id"
    )
    .fetch_all(&mut *conn)
    .await?;
    let technicians = sqlx::query_scalar!(
        "select id from users where username in ('demo.tina', 'demo.tom', 'demo.alan') order by id"
    )
    .fetch_all(&mut *conn)
    .await?;
    let categories = sqlx::query_scalar!(
        "select id from categories
         where not (for_techs_only or for_specific_users or kb_only or disabled)
         order by id"
    )
    .fetch_all(conn)
    .await?;
    Ok(Scene {
        categories,
        technicians,
        customers,
    })
}

/// Make the tickets with the numbers from `first` to `last`, with two comments each. Hold a transaction.
pub async fn batch(conn: &mut PgConnection, scene: &Scene, first: i32, last: i32) -> Result<()> {
    let texts = |texts: &[&str]| -> Vec<String> { texts.iter().map(|&text| text.into()).collect() };
    sqlx::query_file!(
        "demo/bulk.sql",
        first,
        last,
        &texts(&THINGS),
        &texts(&PROBLEMS),
        &texts(&OPENINGS),
        &texts(&DETAILS),
        &texts(&ANSWERS),
        &texts(&REPLIES),
        &scene.categories,
        &scene.technicians,
        &scene.customers,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into settings (name, value) values ($1, jsonb_build_object('made', $2::integer))
         on conflict (name) do update set value = excluded.value, updated_at = now()",
        COUNTER,
        last,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tell the planner what is there now, and put the indexes in order. Not inside a transaction.
pub async fn tidy(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("vacuum (analyze) tickets, comments, subscribers, ticket_search, users")
        .execute(conn)
        .await?;
    Ok(())
}
