import Device
import GraphExec
import Timing

/// `fma_peak`, with which speed is compared.
struct PeakVerification {
  let runner: any KernelRunner
  let report: VerifyReport

  /// A few rounds, with the macros for the device.
  func verify() {
    let options = PeakOptions(runner.device)
    let rounds = 3
    var total = 0.0
    for chain in 0..<options.chains {
      var sum = Float(chain)
      for _ in 0..<rounds { sum = PeakOptions.addend.addingProduct(sum, PeakOptions.factor) }
      total += Double(sum)
    }
    let value = total * Double(options.width)
    let bound = Double(options.chains + options.width) * Expectation.unit * value
    report.attempt("fma_peak", "any device", case: "\(options.items) items") {
      let out = try runner.buffer("out", [Float](repeating: .nan, count: options.items))
      try runner.run(options.launch(rounds: rounds), on: [.peak: out])
      return Expectation(
        rows: 1, columns: options.items, values: [Double](repeating: value, count: options.items),
        bounds: [Double](repeating: bound, count: options.items)
      ).compare(try out.read(Float.self), stride: options.items)
    }
  }
}
