//! A panic ends the process: it aborts, or its hook exits.
extern "C" fn aborts() {
    panic!("out of C");
}

fn main() {
    let way = std::env::args().nth(1).unwrap();
    let t = std::thread::Builder::new().name("worker".into()).spawn(move || {
        let held = vec![way.clone()];
        match held[0].as_str() {
            "abort" => aborts(),
            "hook" => {
                std::panic::set_hook(Box::new(|_| std::process::exit(3)));
                panic!("in vain");
            }
            "caught" => {
                let _ = std::panic::catch_unwind(|| panic!("caught"));
                std::process::exit(4);
            }
            _ => std::process::abort(),
        }
    }).unwrap();
    let _ = t.join();
}
