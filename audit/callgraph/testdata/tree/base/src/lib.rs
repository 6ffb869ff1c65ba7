//! The lowest crate: traits that the crates above implement, and functions that are
//! reached through re-exports.

pub mod unnamed;

pub trait Visit {
    fn visit(&self);
    fn provided(&self) {
        yes_from_provided();
        self.visit()
    }
    fn not_called(&self) {
        no_provided()
    }
    fn fresh() -> Self
    where
        Self: Sized;
}

/// Calls up: the impls stand in crates that this one does not know.
pub fn drive<T: Visit>(t: &T) {
    t.provided()
}

pub fn drive_dyn(t: &dyn Visit) {
    t.visit()
}

pub fn make<T: Visit>() -> T {
    T::fresh()
}

/// A method is chosen by an associated type only.
pub trait Family {
    type Member: Member;
}
pub trait Member {
    fn create() -> u32;
}
pub fn of_family<F: Family>() -> u32 {
    <F::Member as Member>::create()
}

pub struct Tagged<T, M = DefaultMark>(pub T, std::marker::PhantomData<M>);
pub struct DefaultMark;
pub trait Mark {
    fn mark();
}
impl Mark for DefaultMark {
    fn mark() {
        yes_by_default_parameter()
    }
}
impl<T, M: Mark> Tagged<T, M> {
    pub fn new(t: T) -> Self {
        Tagged(t, std::marker::PhantomData)
    }
    pub fn go(&self) {
        M::mark()
    }
}

pub mod inner {
    pub fn moved() {
        super::yes_by_reexport()
    }
    pub struct Old;
    impl Old {
        pub fn method(&self) {
            super::yes_by_renamed_type()
        }
        pub fn other(&self) {
            super::no_method()
        }
    }
    pub trait Hidden {
        fn hidden(&self);
    }
    impl Hidden for Old {
        fn hidden(&self) {
            super::yes_by_renamed_trait()
        }
    }
}

pub fn by_extern_crate() {
    yes_by_extern_crate()
}
pub fn by_nested_extern_crate() {
    yes_by_nested_extern_crate()
}
pub struct Renamed;
impl Renamed {
    pub fn method() {
        yes_by_reexported_crate()
    }
}
fn yes_by_extern_crate() {}
fn yes_by_nested_extern_crate() {}
fn yes_by_reexported_crate() {}

pub type Callback = fn();
pub static TABLE: [Callback; 1] = [yes_in_table];

fn yes_in_table() {}
fn yes_from_provided() {}
fn yes_by_default_parameter() {}
fn yes_by_reexport() {}
fn yes_by_renamed_type() {}
fn yes_by_renamed_trait() {}
fn no_provided() {}
fn no_method() {}
pub fn no_public() {}
