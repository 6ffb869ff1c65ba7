//! Types that no caller names: they come out of a closure, a future, a trait's
//! function, an alias, a default.

use base::unnamed::{Fresh, Make, Service, Source};
use base::Visit;

pub struct OfClosure;
impl Visit for OfClosure {
    fn visit(&self) {
        yes_of_closure()
    }
    fn fresh() -> Self {
        OfClosure
    }
}
fn yes_of_closure() {}
pub struct OfFuture;
impl Visit for OfFuture {
    fn visit(&self) {
        yes_of_future()
    }
    fn fresh() -> Self {
        OfFuture
    }
}
fn yes_of_future() {}
pub struct OfTrait;
impl Visit for OfTrait {
    fn visit(&self) {
        yes_of_trait()
    }
    fn fresh() -> Self {
        OfTrait
    }
}
fn yes_of_trait() {}
pub struct OfDerive;
impl Visit for OfDerive {
    fn visit(&self) {
        yes_of_derive()
    }
    fn fresh() -> Self {
        OfDerive
    }
}
fn yes_of_derive() {}

pub fn closure() -> impl Service {
    base::unnamed::Handler(|| OfClosure)
}
pub async fn future() -> OfFuture {
    OfFuture
}
pub struct Maker;
impl Source for Maker {
    fn source() -> impl Visit {
        OfTrait
    }
}

// What a value holds is called when it is dropped, and nowhere else.
pub struct Exit;
impl Fresh for Exit {
    fn fresh() {
        yes_by_drop_of_generic()
    }
}
fn yes_by_drop_of_generic() {}
pub fn guard() -> base::unnamed::Guard<Exit> {
    base::unnamed::Guard(Exit)
}

// An alias of another crate that has the name of a type here.
pub struct Fault;
pub trait Aliased {
    fn aliased();
}
impl Aliased for base::unnamed::Fault {
    fn aliased() {
        yes_by_alias()
    }
}
fn yes_by_alias() {}
pub trait From2<A> {
    fn from2(&self, _: A);
}
impl From2<base::unnamed::Renamed> for Fault {
    fn from2(&self, _: base::unnamed::Original) {
        yes_by_alias_argument()
    }
}
fn yes_by_alias_argument() {}
impl<T: base::Family> From2<T::Member> for Vec<T> {
    fn from2(&self, _: T::Member) {
        yes_by_associated_argument()
    }
}
fn yes_by_associated_argument() {}

// A trait of std by another name, which a crate has for a trait of its own.
use std::fmt::Display as Show;
pub struct Text;
impl Show for Text {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        yes_by_other_name_of_std();
        Ok(())
    }
}
fn yes_by_other_name_of_std() {}

// A procedural macro that has the name of a derive of std, and writes more.
#[derive(derive::Default)]
pub struct Both;
fn yes_default_by_macro() {}
fn yes_fresh_by_macro() {}
#[derive(derive::Made)]
pub struct Derived;

pub fn make<M: Make>() {
    M::make().visit()
}

// Associated types of what has no name: a tuple, a slice, an array, a pointer.
pub struct OfTuple;
impl base::Member for OfTuple {
    fn create() -> u32 {
        yes_of_tuple()
    }
}
fn yes_of_tuple() -> u32 {
    1
}
pub trait Local {
    type Member: base::Member;
}
impl Local for (u8, Error2) {
    type Member = OfTuple;
}
pub struct Error2;
pub struct OfSlice;
impl base::Member for OfSlice {
    fn create() -> u32 {
        yes_of_slice()
    }
}
fn yes_of_slice() -> u32 {
    1
}
impl Local for [u8; 3] {
    type Member = OfSlice;
}
pub struct OfPointer;
impl base::Member for OfPointer {
    fn create() -> u32 {
        yes_of_pointer()
    }
}
fn yes_of_pointer() -> u32 {
    1
}
impl Local for fn(u8) -> u8 {
    type Member = OfPointer;
}
pub fn of_local<L: Local + ?Sized>() -> u32 {
    <L::Member as base::Member>::create()
}
pub const SIZE: usize = 2;
pub struct Array<const N: usize>(pub [u8; N]);
pub struct OfArray;
impl base::Member for OfArray {
    fn create() -> u32 {
        yes_of_array()
    }
}
fn yes_of_array() -> u32 {
    1
}
impl Local for Array<{ SIZE }>
where
    [(); { SIZE }]: Sized,
    u8: Sized,
{
    type Member = OfArray;
}
