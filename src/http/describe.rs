//! Handlers that describe themselves: what they take follows from the types of their arguments, what they answer
//! from the type of their result. `/api/openapi.json` is made from this, so it cannot say what the code does not do.

use std::future::Future;

use axum::extract::State;
use axum::handler::Handler;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::{RefOr, Response, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::users::admission::Admission;
use crate::http::error::ApiError;

/// What is known of one handler.
#[derive(Debug, Default)]
pub struct Description {
    /// Parameters in the path, the query or the headers.
    pub parameters: Vec<Parameter>,
    /// Of a method of the vendor's API: the object whose members may come in the path, the body or the query alike.
    pub members: Option<RefOr<Schema>>,
    /// Its body may bring files.
    pub takes_files: bool,
    /// The body, where there is one form of it.
    pub body: Option<RequestBody>,
    /// Answers other than errors, by status.
    pub answers: Vec<(u16, Response)>,
    /// The schemas that the above refer to, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

impl Description {
    /// A reference to the schema of `T`, which is put among the schemas.
    pub fn refer_to<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name();
        self.schemas.push((name.to_string(), T::schema()));
        T::schemas(&mut self.schemas);
        utoipa::openapi::Ref::from_schema_name(name).into()
    }

    /// The schema of `T` itself; what it refers to is put among the schemas.
    pub fn inline<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        <T as PartialSchema>::schema()
    }
}

impl Description {
    /// How `T` is shown: by its name, or, of a list, by that of its items.
    pub fn shown<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let RefOr::T(Schema::Array(mut list)) = self.inline::<T>() else {
            return self.refer_to::<T>();
        };
        let of = std::any::type_name::<T>().trim_end_matches('>');
        let name = of.rsplit("::").next().unwrap_or(of).to_owned();
        if let ArrayItems::RefOrSchema(item) = &mut list.items {
            let reference = utoipa::openapi::Ref::from_schema_name(&name).into();
            self.schemas
                .push((name, std::mem::replace(item.as_mut(), reference)));
        }
        Schema::Array(list).into()
    }

    /// Status 200 with this content.
    pub fn answers_with(&mut self, text: &str, media_type: &str, schema: RefOr<Schema>) {
        let answer = ResponseBuilder::new()
            .description(text)
            .content(media_type, Content::new(Some(schema)));
        self.answers.push((200, answer.build()));
    }
}

/// An argument of a handler.
pub trait Argument {
    /// Say what it takes from the request.
    fn describe(description: &mut Description);
}

/// The result of a handler.
pub trait Answer {
    /// Say what the client gets when all goes well.
    fn describe(description: &mut Description);
}

impl Argument for State<AppState> {
    fn describe(_: &mut Description) {}
}

impl Argument for Actor {
    fn describe(_: &mut Description) {}
}

impl Argument for Admission {
    fn describe(_: &mut Description) {}
}

/// What a handler looks at of the request itself.
macro_rules! takes_nothing {
    ($($argument:ty),*) => {$(
        impl Argument for $argument {
            fn describe(_: &mut Description) {}
        }
    )*};
}

takes_nothing!(axum::http::Method, axum::http::HeaderMap);

impl<T: Answer> Answer for Result<T, ApiError> {
    fn describe(description: &mut Description) {
        T::describe(description);
    }
}

/// A handler whose arguments and result are described.
pub trait Described<T>: Handler<T, AppState> {
    /// Say what it takes and answers.
    fn describe(description: &mut Description);
}

macro_rules! described {
    ($($argument:ident),*) => {
        impl<F, Fut, R, M, $($argument),*> Described<(M, $($argument,)*)> for F
        where
            F: Handler<(M, $($argument,)*), AppState> + Fn($($argument),*) -> Fut,
            Fut: Future<Output = R>,
            R: Answer,
            $($argument: Argument,)*
        {
            fn describe(description: &mut Description) {
                $($argument::describe(description);)*
                R::describe(description);
            }
        }
    };
}

described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);
described!(A, B, C, D, E, G);
