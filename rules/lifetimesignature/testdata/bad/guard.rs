//! A reference that lies behind a lock outlives the guard beside it.
use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard};

pub struct Entry<'a, K, V> {
    _guard: Arc<RwLockReadGuard<'a, HashMap<K, V>>>,
    key: &'a K,
    value: &'a V,
}

impl<'a, K: Eq + std::hash::Hash, V> Entry<'a, K, V> {
    pub fn first(map: &'a RwLock<HashMap<K, V>>) -> Option<Self> {
        let guard = map.read().unwrap();
        let (key, value) = guard.iter().next()?;
        let (key, value) = unsafe { (&*(key as *const K), &*(value as *const V)) };
        Some(Entry { _guard: Arc::new(guard), key, value })
    }

    pub fn key(&self) -> &'a K { //~ lifetime-signature "may outlive the guard"
        self.key
    }

    pub fn pair(&self) -> (&'a K, &'a V) { //~ lifetime-signature "may outlive the guard"
        (self.key, self.value)
    }
}
