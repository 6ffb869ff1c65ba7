// Leaks that are meant: into a static, a OnceLock, a thread-local, a returned 'static reference.
use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::OnceLock;

struct Config {
    name: String,
}

static CURRENT: AtomicPtr<Config> = AtomicPtr::new(std::ptr::null_mut());
static ONCE: OnceLock<&'static Config> = OnceLock::new();
static mut PLAIN: Option<&'static Config> = None;
thread_local!(static HERE: Cell<Option<&'static Config>> = const { Cell::new(None) });

fn install(name: &str) {
    let raw = Box::into_raw(Box::new(Config { name: name.to_string() }));
    CURRENT.store(raw, Ordering::Release);
}

fn once(name: &str) -> &'static Config {
    ONCE.get_or_init(|| Box::leak(Box::new(Config { name: name.to_string() })))
}

fn set_once(name: &str) {
    let leaked: &'static Config = Box::leak(Box::new(Config { name: name.to_string() }));
    let _ = ONCE.set(leaked);
}

fn local(name: &str) {
    HERE.with(|h| h.set(Some(Box::leak(Box::new(Config { name: name.to_string() })))));
}

fn plain(name: &str) {
    unsafe { PLAIN = Some(Box::leak(Box::new(Config { name: name.to_string() }))) };
}

fn interned(name: &str) -> &'static str {
    Box::leak(name.to_string().into_boxed_str())
}

fn main() {
    install("a");
    once("b");
    set_once("c");
    local("d");
    plain("e");
    println!("{} {}", interned("f"), unsafe { &*CURRENT.load(Ordering::Acquire) }.name);
}
