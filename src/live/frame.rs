//! What goes over the wire, as HTML's standard has server-sent events.

use bytes::Bytes;

use crate::domain::access::events::Sight;
use crate::domain::live::Happening;

/// After so many milliseconds a client that lost its connection tries again.
const RETRY: u32 = 2_000;

/// An event. None: it cannot be written, which no event of ours is.
pub(super) fn event(happening: &Happening, sight: Sight) -> Option<Bytes> {
    let data = serde_json::to_string(&happening.show(sight)).ok()?;
    let (id, name) = (happening.position, happening.name());
    Some(Bytes::from(format!(
        "id: {id}\nevent: {name}\ndata: {data}\n\n"
    )))
}

/// The beginning of a stream, so that the client knows at once that he is listened to.
pub(super) fn hello() -> Bytes {
    Bytes::from(format!("retry: {RETRY}\n: connected\n\n"))
}

/// Nothing happened that concerns the client. It keeps the connection alive, and he need not be told again what lies
/// before `position`.
pub(super) fn nothing(position: i64) -> Bytes {
    Bytes::from(format!("id: {position}\n: nothing new\n\n"))
}

/// What the client has missed is not known any more: it begins anew, after `position`.
pub(super) fn reset(position: i64) -> Bytes {
    Bytes::from(format!(
        "id: {position}\nevent: reset\ndata: {{\"position\":{position}}}\n\n"
    ))
}
