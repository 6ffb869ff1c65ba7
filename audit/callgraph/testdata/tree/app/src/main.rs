use dep::base_unnamed as generic;
use dep::unnamed::{self, From2};
use dep::{Borrowed, Consume, Context, Extra, Seen};

fn main() -> Result<(), dep::Failure> {
    dep::moved_again();
    dep::New.method();
    dep::New.hidden();
    dep::drive(&dep::A);
    dep::drive_dyn(&dep::B);
    let _: dep::C = dep::make();
    dep::drive(&dep::E);
    dep::drive_dyn(&dep::F);
    drop(dep::holder());
    let mut keys = vec![dep::Key(2), dep::Key(1)];
    keys.sort();
    println!("{}", dep::Shown);
    for s in dep::Counter {
        let _ = s.0;
    }
    let _ = "x".parse::<dep::Parsed>();
    let _: String = dep::Wrapped(1).into();
    dep::drive(&dep::opaque());
    dep::of_family::<dep::Kin>();
    dep::pointer()();
    (dep::VTABLE.run)();
    dep::lazy();
    dep::boxed()();
    dep::thread();
    drop(dep::later());
    dep::local();
    dep::run_code::<dep::A>();
    let boxed: Box<dyn Consume> = Box::new(dep::B);
    boxed.consume();
    std::rc::Rc::new(dep::B).share();
    dep::A.extra();
    (&dep::A).borrowed();
    (dep::A, dep::B).borrowed();
    vec![dep::A].borrowed();
    let _ = dep::Key(1) + dep::Key(2);
    let _ = dep::Counter[1];
    let _: dep::Key = keys.into_iter().sum();
    dep::Tagged::<u8>::new(1).go();
    dep::by_other_names();
    dep::Table.fill(|n| n);
    Some(1).context();
    dep::fresh::<Option<u8>>();
    dep::fresh::<std::io::Error>();
    dep::area::<dep::Square>();
    (dep::TABLE[0])();
    generic::serve(unnamed::closure());
    generic::block_on(unnamed::future());
    generic::from_source::<unnamed::Maker>();
    drop(unnamed::guard());
    <generic::Marked<u8>>::go();
    <generic::Original as unnamed::Aliased>::aliased();
    unnamed::Fault.from2(generic::Original);
    vec![dep::Kin].from2(dep::OfKin);
    println!("{}", unnamed::Text);
    let _ = unnamed::Both::default();
    generic::fresh::<unnamed::Both>();
    unnamed::make::<unnamed::Derived>();
    let _ = generic::Sharded::make();
    let _ = (generic::choice(), generic::Sharded(1).0);
    Ok(())
}
