//! A function that the caller passes sees the object, and may panic.
use std::mem::ManuallyDrop;

struct Item {
    name: String,
}

fn checked(ok: fn(&Item) -> bool, name: &str) -> Option<Box<Item>> {
    let raw = Box::into_raw(Box::new(Item { name: name.to_string() })); //~ orphan-object "lost if a call panics"
    let ok = ok(unsafe { &*raw });
    let item = unsafe { Box::from_raw(raw) };
    ok.then_some(item)
}

fn changed(change: fn(&mut Item), name: &str) -> Box<Item> {
    let raw = Box::into_raw(Box::new(Item { name: name.to_string() })); //~ orphan-object "lost if a call panics"
    change(unsafe { &mut *raw });
    unsafe { Box::from_raw(raw) }
}

fn held(ok: fn(&Item) -> bool, name: &str) -> bool {
    let mut item = ManuallyDrop::new(Item { name: name.to_string() }); //~ orphan-object "lost if a call panics"
    let ok = ok(&item);
    unsafe { ManuallyDrop::drop(&mut item) };
    ok
}

fn part(ok: fn(&str) -> bool, name: &str) -> bool {
    let raw = Box::into_raw(Box::new(Item { name: name.to_string() })); //~ orphan-object "lost if a call panics"
    let ok = ok(unsafe { &(*raw).name });
    drop(unsafe { Box::from_raw(raw) });
    ok
}

fn table(all: &[fn(&Item) -> bool], name: &str) -> bool {
    let raw = Box::into_raw(Box::new(Item { name: name.to_string() })); //~ orphan-object "lost if a call panics"
    let ok = all[0](unsafe { &*raw });
    drop(unsafe { Box::from_raw(raw) });
    ok
}

fn main() {
    let long = |i: &Item| i.name.len() > 1;
    println!("{} {} {}", checked(long, "a").is_none(), held(long, "b"), table(&[long], "c"));
    println!("{} {}", changed(|i| i.name.push('x'), "d").name, part(|s| s.is_empty(), "e"));
}
