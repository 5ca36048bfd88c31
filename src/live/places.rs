//! How many may listen at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::ids::UserId;

/// Streams of one user: windows of his, and a program or two.
const OF_ONE_USER: usize = 20;

/// Places for streams on this server.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_user: HashMap<i32, usize>,
}

/// The place of one stream; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    user: UserId,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            taken: Arc::default(),
        }
    }

    /// A place for a stream of this user, if there is one.
    pub(super) fn take(&self, user: UserId) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let of_user = taken.by_user.get(&user.0).copied().unwrap_or_default();
        if taken.all >= self.most || of_user >= OF_ONE_USER {
            return None;
        }
        taken.all += 1;
        taken.by_user.insert(user.0, of_user + 1);
        drop(taken);
        Some(Place {
            user,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_user) = taken.by_user.get_mut(&self.user.0) {
            *of_user = of_user.saturating_sub(1);
            if *of_user == 0 {
                taken.by_user.remove(&self.user.0);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
