import GraphExec

/// The kernels that move pixels about.
struct PixelVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// From one layout to another, of as many pixels: each value once, and the border's rows untouched.
  func verifyCopy(from: TensorLayout, to: TensorLayout, batch: Int) {
    let stride = config.stride(forBatch: batch)
    var random = RandomValues(seed: UInt64(from.rows + batch))
    let values = random.floats(from.shape.count * stride)
    let launch = PixelLaunches(stride: stride, config: config).copy(.x, from, to: .out, to)
    report.attempt(
      launch.kernel, config.familyName, case: "\(from.shape), border \(from.border) to \(to.border)"
    ) {
      let out = try runner.buffer("y", [Float](repeating: .nan, count: to.rows * stride))
      let x = try runner.buffer("x", from.placed(values, stride: stride))
      try runner.run(launch, on: [.x: x, .out: out])
      let expected = to.placed(values, stride: stride, border: .nan)
      return Expectation(exactly: expected, rows: to.rows, columns: stride).compare(
        try out.read(Float.self), stride: stride)
    }
  }

  /// The mask of a step, bit for bit.
  func verifyDropout(_ layout: TensorLayout, batch: Int) {
    let stride = config.stride(forBatch: batch)
    var random = RandomValues(seed: UInt64(layout.rows + batch))
    let values = random.floats(layout.shape.count * stride)
    var state = StepState()
    state.step = 12_345
    for (rate, seed) in [(0.3, UInt64.max / 3), (0, 7), (0.999, 1 << 40)] {
      let mask = DropoutMask(rate, of: .norm, seed: seed, step: state.step)
      let launch = PixelLaunches(stride: stride, config: config).dropout(
        .x, layout, rate: rate, mask: .norm, seed: seed, to: .out)
      report.attempt(launch.kernel, config.familyName, case: "\(layout.shape), rate \(rate)") {
        let out = try runner.buffer("y", [Float](repeating: .nan, count: layout.rows * stride))
        try runner.run(
          launch,
          on: [
            .x: try runner.buffer("x", layout.placed(values, stride: stride)), .out: out,
            .state: try runner.buffer("state", state.words),
          ])
        let dropped = values.enumerated().map { at, value in
          mask.keeps(feature: at / stride, column: at % stride) ? value * mask.factor : 0
        }
        let expected = layout.placed(dropped, stride: stride, border: .nan)
        return Expectation(exactly: expected, rows: layout.rows, columns: stride).compare(
          try out.read(Float.self), stride: stride)
      }
    }
  }
}
