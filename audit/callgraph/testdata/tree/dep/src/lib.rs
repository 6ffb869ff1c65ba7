pub use base::unnamed as base_unnamed;
pub use base::inner::moved as moved_again;
pub use base::inner::{Hidden as Seen, Old as New};
pub use base::{TABLE, drive, drive_dyn, make, of_family, Family, Member, Tagged, Visit};
pub use renamed::{area, Square};

use std::fmt;

pub mod unnamed;

pub extern crate base as lowest;
pub mod nested {
    pub extern crate base as deeper;
    pub use super::lowest as again;
}
pub fn by_other_names() {
    lowest::by_extern_crate();
    nested::deeper::by_nested_extern_crate();
    nested::again::Renamed::method();
}

// By type parameter, from a crate below.
pub struct A;
impl Visit for A {
    fn visit(&self) {
        yes_visit_a()
    }
    fn fresh() -> Self {
        any_fresh_a();
        A
    }
}

// By trait object.
pub struct B;
impl Visit for B {
    fn visit(&self) {
        yes_visit_b()
    }
    fn fresh() -> Self {
        B
    }
}

// By return type only.
pub struct C;
impl Visit for C {
    fn visit(&self) {}
    fn fresh() -> Self {
        yes_fresh_c();
        C
    }
}

// Never made.
pub struct D;
impl Visit for D {
    fn visit(&self) {
        no_visit_d()
    }
    fn fresh() -> Self {
        D
    }
}
impl fmt::Display for D {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        no_display_d();
        Ok(())
    }
}
impl Drop for D {
    fn drop(&mut self) {
        no_drop_d()
    }
}

pub struct E;
pub struct F;
renamed::visits!(E => yes_visit_e, F => yes_visit_f);

// Drop of a field, of a local, of what a collection holds.
pub struct Holder {
    pub field: Dropped,
}
pub struct Dropped;
impl Drop for Dropped {
    fn drop(&mut self) {
        yes_drop()
    }
}
pub fn holder() -> Holder {
    Holder { field: Dropped }
}

// Called by std.
#[derive(PartialEq, Eq, PartialOrd)]
pub struct Key(pub u32);
impl Ord for Key {
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        yes_cmp();
        self.0.cmp(&other.0)
    }
}
pub struct Shown;
impl fmt::Display for Shown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        yes_display();
        Ok(())
    }
}
pub struct Counter;
impl Iterator for Counter {
    type Item = Shown;
    fn next(&mut self) -> Option<Shown> {
        yes_next();
        None
    }
}
pub struct Parsed;
impl std::str::FromStr for Parsed {
    type Err = ();
    fn from_str(_: &str) -> Result<Parsed, ()> {
        yes_from_str();
        Ok(Parsed)
    }
}
pub struct Wrapped(pub u32);
impl From<Wrapped> for String {
    fn from(_: Wrapped) -> String {
        yes_from_wrapped();
        String::new()
    }
}
pub struct Never(pub u32);
impl From<Never> for String {
    fn from(_: Never) -> String {
        no_from_never();
        String::new()
    }
}

// An opaque type hides what is behind it.
struct Behind;
impl Visit for Behind {
    fn visit(&self) {
        yes_behind_opaque()
    }
    fn fresh() -> Self {
        Behind
    }
}
pub fn opaque() -> impl Visit {
    Behind
}

// Chosen by an associated type.
pub struct Kin;
pub struct OfKin;
impl Family for Kin {
    type Member = OfKin;
}
impl Member for OfKin {
    fn create() -> u32 {
        yes_of_family();
        1
    }
}

// Pointers, closures, statics, threads, async.
pub fn pointer() -> fn() {
    yes_pointer
}
pub const VTABLE: &VTable = &VTable { run: yes_in_vtable };
pub struct VTable {
    pub run: fn(),
}
pub static LAZY: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
pub fn lazy() -> u32 {
    *LAZY.get_or_init(|| yes_in_closure())
}
pub fn boxed() -> Box<dyn Fn()> {
    Box::new(|| {
        let inner = || yes_nested_closure();
        inner()
    })
}
pub fn thread() {
    let _ = std::thread::spawn(yes_in_thread).join();
}
pub async fn later() {
    yes_async()
}
std::thread_local! { static LOCAL: u32 = yes_thread_local(); }
pub fn local() -> u32 {
    LOCAL.with(|v| *v)
}

// Associated constants that hold code.
pub trait Coded {
    const CODE: fn();
}
impl Coded for A {
    const CODE: fn() = yes_assoc_const;
}
pub fn run_code<T: Coded>() {
    (T::CODE)()
}

// By symbol.
#[no_mangle]
pub extern "C" fn called_from_c() {
    yes_symbol()
}
#[unsafe(no_mangle)]
pub fn called_from_rust_by_symbol() {
    yes_rust_symbol()
}

// self: Box<Self>, self: Rc<Self>
pub trait Consume {
    fn consume(self: Box<Self>);
    fn share(self: std::rc::Rc<Self>);
}
impl Consume for B {
    fn consume(self: Box<Self>) {
        yes_box_self()
    }
    fn share(self: std::rc::Rc<Self>) {
        yes_rc_self()
    }
}

// A blanket impl, an impl for a reference, for a tuple.
pub trait Extra {
    fn extra(&self);
}
impl<T: Visit> Extra for T {
    fn extra(&self) {
        yes_blanket()
    }
}
pub trait Borrowed {
    fn borrowed(self);
}
impl Borrowed for &A {
    fn borrowed(self) {
        yes_on_reference()
    }
}
impl Borrowed for (A, B) {
    fn borrowed(self) {
        yes_on_tuple()
    }
}
impl Borrowed for Vec<A> {
    fn borrowed(self) {
        yes_on_vec()
    }
}

// Operators.
impl std::ops::Add for Key {
    type Output = Key;
    fn add(self, _: Key) -> Key {
        yes_add();
        self
    }
}
impl std::ops::Deref for Shown {
    type Target = Key;
    fn deref(&self) -> &Key {
        yes_deref();
        &Key(0)
    }
}
impl std::ops::Index<u32> for Counter {
    type Output = u32;
    fn index(&self, _: u32) -> &u32 {
        yes_index();
        &0
    }
}

// Types of std whose names this crate has for its own types too.
pub mod own {
    pub struct Option;
    pub struct Error;
}
pub trait Context: Sized {
    fn context(self) {}
    fn fresh() -> u32;
}
impl<T> Context for Option<T> {
    fn context(self) {
        yes_context_of_std()
    }
    fn fresh() -> u32 {
        yes_fresh_of_std()
    }
}
impl Context for std::io::Error {
    fn fresh() -> u32 {
        yes_fresh_of_qualified()
    }
}
impl Context for own::Error {
    fn fresh() -> u32 {
        no_fresh_of_own()
    }
}
pub fn fresh<T: Context>() -> u32 {
    T::fresh()
}
fn yes_context_of_std() {}
fn yes_fresh_of_std() -> u32 {
    1
}
fn yes_fresh_of_qualified() -> u32 {
    1
}
fn no_fresh_of_own() -> u32 {
    1
}

// An argument that is any type with a trait is printed like a block of a type.
pub struct Table;
impl Table {
    pub fn fill(&self, with: impl Fn(u32) -> u32) -> u32 {
        self.grow(&with) + by_argument(with)
    }
    fn grow(&self, with: &impl Fn(u32) -> u32) -> u32 {
        yes_by_method();
        with(1)
    }
}
fn by_argument(with: impl Fn(u32) -> u32) -> u32 {
    yes_by_argument();
    with(2)
}
fn yes_by_method() {}
fn yes_by_argument() {}

// What main ends with is shown by std.
pub struct Failure;
impl fmt::Debug for Failure {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        yes_debug();
        Ok(())
    }
}
fn yes_debug() {}

// Sums of values that only std adds up.
impl std::iter::Sum for Key {
    fn sum<I: Iterator<Item = Key>>(_: I) -> Key {
        yes_sum();
        Key(0)
    }
}

fn yes_visit_a() {}
fn any_fresh_a() {}
fn yes_visit_b() {}
fn yes_fresh_c() {}
fn no_visit_d() {}
fn no_display_d() {}
fn no_drop_d() {}
fn yes_visit_e() {}
fn yes_visit_f() {}
fn yes_drop() {}
fn yes_cmp() {}
fn yes_display() {}
fn yes_next() {}
fn yes_from_str() {}
fn yes_from_wrapped() {}
fn no_from_never() {}
fn yes_behind_opaque() {}
fn yes_of_family() {}
fn yes_pointer() {}
fn yes_in_vtable() {}
fn yes_in_closure() -> u32 {
    1
}
fn yes_nested_closure() {}
fn yes_in_thread() {}
fn yes_async() {}
fn yes_thread_local() -> u32 {
    1
}
fn yes_assoc_const() {}
fn yes_symbol() {}
fn yes_rust_symbol() {}
fn yes_box_self() {}
fn yes_rc_self() {}
fn yes_blanket() {}
fn yes_on_reference() {}
fn yes_on_tuple() {}
fn yes_on_vec() {}
fn yes_add() {}
fn yes_deref() {}
fn yes_index() {}
fn yes_sum() {}
pub fn no_public() {
    no_private()
}
fn no_private() {}
