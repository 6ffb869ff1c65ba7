//! What stands beside the pointer is a reference, but to no functions.

struct Limits {
    max: usize,
}

static LIMITS: Limits = Limits { max: 8 };

struct Named {
    p: *mut u64, //~ proxy-field "the type has no Drop"
    name: &'static str,
    limits: &'static Limits,
}

impl Named {
    fn new(n: u64) -> Named {
        Named { p: Box::into_raw(Box::new(n)), name: "n", limits: &LIMITS }
    }
}

fn main() {
    let n = Named::new(1);
    println!("{} {} {}", n.name, n.limits.max, unsafe { *n.p });
}
