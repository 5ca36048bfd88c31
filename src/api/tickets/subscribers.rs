//! AddSubscriber, RemoveSubscriber, Subscribers.
