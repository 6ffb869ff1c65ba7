use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, OnceLock, RwLock};

static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static PAGES: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(|| Mutex::new(HashMap::new()));
static HITS: OnceLock<RwLock<HashMap<u64, u32>>> = OnceLock::new();

thread_local! {
    static SEEN: RefCell<HashSet<String>> = RefCell::new(HashSet::new());
}

pub fn greet(name: String) {
    NAMES.lock().unwrap().push(name); //~ unbounded-growth "`NAMES` only grows"
}

pub fn page(path: &str) -> u32 {
    let mut pages = PAGES.lock().unwrap();
    if let Some(n) = pages.get(path) {
        return *n;
    }
    let n = path.split('/').count() as u32;
    pages.insert(path.to_string(), n); //~ unbounded-growth "`PAGES` only grows"
    n
}

pub fn hit(id: u64) {
    *HITS.get_or_init(Default::default).write().unwrap().entry(id).or_insert(0) += 1; //~ unbounded-growth "`HITS` only grows"
}

pub fn once(word: &str) -> bool {
    SEEN.with(|seen| seen.borrow_mut().insert(word.to_string())) //~ unbounded-growth "`SEEN` only grows"
}

fn main() {}
