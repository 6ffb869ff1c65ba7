//! What is lent lives as long as the borrow, or does not lie behind the lock.
use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard};

pub struct Entry<'a, K, V> {
    _guard: Arc<RwLockReadGuard<'a, HashMap<K, V>>>,
    key: &'a K,
    value: &'a V,
    name: &'a str,
}

impl<'a, K: Eq + std::hash::Hash, V> Entry<'a, K, V> {
    pub fn first(map: &'a RwLock<HashMap<K, V>>, name: &'a str) -> Option<Self> {
        let guard = map.read().unwrap();
        let (key, value) = guard.iter().next()?;
        let (key, value) = unsafe { (&*(key as *const K), &*(value as *const V)) };
        Some(Entry { _guard: Arc::new(guard), key, value, name })
    }

    pub fn key(&self) -> &K {
        self.key
    }

    pub fn pair(&self) -> (&K, &V) {
        (self.key, self.value)
    }

    pub fn name(&self) -> &'a str {
        self.name
    }
}
