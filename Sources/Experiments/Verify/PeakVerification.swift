import Device
import GraphExec

/// `fma_peak`, with which speed is compared.
struct PeakVerification {
  let runner: KernelRunner
  let report: VerifyReport

  /// A few rounds, cut for the device.
  func verify() {
    let options = PeakOptions(runner.context.device)
    let (rounds, factor, addend) = (3, Float(0.999), Float(0.001))
    var total = 0.0
    for chain in 0..<options.chains {
      var sum = Float(chain)
      for _ in 0..<rounds { sum = addend.addingProduct(sum, factor) }
      total += Double(sum)
    }
    let value = total * Double(options.width)
    let bound = Double(options.chains + options.width) * Expectation.unit * value
    report.attempt("fma_peak", "any device", case: "\(options.items) items") {
      let out = try runner.buffer("out", [Float](repeating: .nan, count: options.items))
      try runner.run(
        KernelLaunch(
          file: "peak.cl", kernel: "fma_peak", options: options.text,
          arguments: [.int(rounds), .float(factor), .float(addend), .buffer("out")],
          geometry: options.geometry), on: ["out": out])
      return Expectation(
        rows: 1, columns: options.items, values: [Double](repeating: value, count: options.items),
        bounds: [Double](repeating: bound, count: options.items)
      ).compare(try out.read(Float.self), stride: options.items)
    }
  }
}
