//! One of each role around one ticket.

use super::TestApp;
use super::people::Person;

/// The roles that the table of permissions has, and the owner's ticket in the category of a fresh installation.
pub(crate) struct Cast<'a> {
    pub(crate) ticket: i32,
    pub(crate) owner: Person<'a>,
    pub(crate) subscriber: Person<'a>,
    /// Of the owner's company.
    pub(crate) manager: Person<'a>,
    /// Of the ticket's category.
    pub(crate) tech: Person<'a>,
    pub(crate) admin: Person<'a>,
    pub(crate) stranger: Person<'a>,
    /// A technician of another category.
    pub(crate) elsewhere: Person<'a>,
}

impl TestApp {
    pub(crate) async fn cast(&self) -> Cast<'_> {
        self.sql("insert into categories (name) values ('Elsewhere')")
            .await;
        self.sql("insert into companies (name) values ('ACME')")
            .await;
        let cast = Cast {
            owner: self.customer("owner").await,
            subscriber: self.customer("subscriber").await,
            manager: self.customer("manager").await,
            tech: self.technician("tech", &[1]).await,
            admin: self.admin().await,
            stranger: self.customer("stranger").await,
            elsewhere: self.technician("elsewhere", &[2]).await,
            ticket: 0,
        };
        let join =
            "update users set company_id = 1, is_manager = username = 'manager' where id = $1";
        self.change(join, cast.owner.id.0).await;
        self.change(join, cast.manager.id.0).await;
        let ticket = cast.owner.creates_a_ticket().await;
        self.subscribes(&cast.subscriber).await;
        Cast { ticket, ..cast }
    }

    /// The person subscribes to every ticket there is.
    pub(crate) async fn subscribes(&self, person: &Person<'_>) {
        let all = "insert into subscribers select t.id, $1 from tickets t";
        self.change(all, person.id.0).await;
    }
}
