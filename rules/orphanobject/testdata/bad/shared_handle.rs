// A raw handle holds a count; a count that nobody gives back keeps the object.
use std::rc::Rc;
use std::sync::Arc;

struct Config {
    name: String,
}

fn is_same(config: &Arc<Config>, other: &Config) -> bool {
    let raw = Arc::into_raw(Arc::clone(config)); //~ orphan-object
    std::ptr::eq(raw, other)
}

fn name_length(config: Rc<Config>) -> usize {
    let raw = Rc::into_raw(config); //~ orphan-object
    unsafe { (&*raw).name.len() }
}

fn compare(a: Rc<Config>, b: Rc<Config>) -> bool {
    let left = Rc::into_raw(a);
    let right = Rc::into_raw(b); //~ orphan-object
    let same = std::ptr::eq(left, right);
    drop(unsafe { Rc::from_raw(left) });
    same
}

fn main() {
    let shared = Arc::new(Config { name: "x".repeat(3) });
    println!("{}", is_same(&shared, &shared));
    println!("{}", name_length(Rc::new(Config { name: "four".to_string() })));
    let own = Rc::new(Config { name: shared.name.clone() });
    println!("{}", compare(Rc::clone(&own), own));
}
