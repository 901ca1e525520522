import GraphExec

/// The kernels that move pixels about.
struct PixelVerification {
  let runner: KernelRunner
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
}
