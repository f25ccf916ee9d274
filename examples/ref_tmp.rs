use tmfctk::reference::*;
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut o = Options {
        port: 18083,
        ..Options::default()
    };
    let mut a = std::env::args().skip(1);
    while let Some(x) = a.next() {
        match x.as_str() {
            "--preload" => o.preload = a.next().unwrap().parse().unwrap(),
            "--fault" => o.faults.push(a.next().unwrap().parse().unwrap()),
            "--variant" => o.variants.push(a.next().unwrap().parse().unwrap()),
            "--port" => o.port = a.next().unwrap().parse().unwrap(),
            _ => panic!(),
        }
    }
    let t = std::time::Instant::now();
    let s = start(o).await.unwrap();
    println!("{} {:?}", s.base_url(), t.elapsed());
    s.join().await;
}
