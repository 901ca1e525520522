import Device
import GraphExec

/// The kernels of the unfused plan: ReLU, its gate, mask and Adam.
struct ElementwiseVerification {
  let runner: KernelRunner
  let report: VerifyReport

  /// Arrays of `count` entries, among them the values that a ReLU must not hide.
  func verify(count: Int) {
    var random = RandomValues(seed: UInt64(count))
    var x = random.floats(count)
    let dY = random.floats(count)
    for (index, value) in [Float.nan, -0.0, 0, .infinity, -.infinity, .leastNonzeroMagnitude].enumerated()
    where index < count { x[index] = value }
    let mask = random.mask(count)
    let cases: [(kernel: String, inputs: [(String, [Float])], expected: [Float])] = [
      // A NaN is no reason to close a gate: it goes on.
      ("relu_forward", [("x", x)], x.map { $0 <= 0 ? 0 : $0 }),
      ("relu_gate", [("activation", x), ("dy", dY)], zip(x, dY).map { $0 <= 0 ? 0 : $1 }),
    ]
    for (kernel, inputs, expected) in cases {
      report.attempt(kernel, "any device", case: "\(count) entries") {
        var buffers: [String: GuardedBuffer] = [:]
        for (name, values) in inputs { buffers[name] = try runner.buffer(name, values) }
        let output = try runner.buffer("the result", [Float](repeating: .nan, count: count))
        buffers["out"] = output
        try run(kernel, count, (inputs.map(\.0) + ["out"]).map { .buffer($0) }, buffers)
        var expectation = Expectation(exactly: expected, rows: 1, columns: count)
        // Devices are asked to take denormal numbers for zero; the standard leaves it to them.
        for (index, value) in expected.enumerated() where value.isSubnormal {
          expectation.bounds[index] = Double(value)
        }
        return expectation.compare(try output.read(Float.self), stride: count)
      }
    }
    report.attempt("mask_gradient", "any device", case: "\(count) entries") {
      let g = try runner.buffer("g", x)
      try run(
        "mask_gradient", count, [.buffer("mask"), .buffer("g")],
        ["mask": try runner.buffer("mask", mask), "g": g])
      let expected = zip(x, mask).map { $1 == 0 ? 0 : $0 }
      return Expectation(exactly: expected, rows: 1, columns: count).compare(
        try g.read(Float.self), stride: count)
    }
    verifyAdam(count: count, mask: mask, &random)
  }

  private func verifyAdam(count: Int, mask: [UInt8], _ random: inout RandomValues) {
    let rule = AdamReference(stepSize: 0.00316, inverseRootCorrection: 5.1)
    let (gradient, w, m) = (random.floats(count), random.matrix(1, count), random.matrix(1, count))
    // Some entries are before their first step.
    let v = Matrix(
      rows: 1, columns: count,
      values: random.floats(count).enumerated().map { $0 % 5 == 0 ? 0 : $1.magnitude })
    report.attempt("adam_update", "any device", case: "\(count) entries") {
      var state = [UInt32](repeating: 0, count: StepState.words)
      state[3] = rule.stepSize.bitPattern
      state[4] = rule.inverseRootCorrection.bitPattern
      let buffers = [
        "g": try runner.buffer("g", gradient), "W": try runner.buffer("W", w.values),
        "m": try runner.buffer("m", m.values), "v": try runner.buffer("v", v.values),
        "mask": try runner.buffer("mask", mask), "state": try runner.buffer("state", state),
      ]
      let names = ["g", "W", "m", "v", "mask", "state"]
      try run(
        "adam_update", count,
        names.map { .buffer($0) } + [.float(rule.beta1), .float(rule.beta2), .float(rule.epsilon)], buffers)
      let exact = Expectation(exactly: gradient, rows: 1, columns: count)
      let expected = rule.update(exact, w: w, m: m, v: v).masked(mask)
      func compare(_ name: String, _ expected: Expectation) throws -> Comparison {
        expected.compare(try buffers[name]?.read(Float.self) ?? [], stride: count)
      }
      return try compare("W", expected.weights).worse(compare("m", expected.firstMoments))
        .worse(compare("v", expected.secondMoments))
    }
  }

  private func run(
    _ kernel: String, _ count: Int, _ arguments: [Launch.Argument], _ buffers: [String: GuardedBuffer]
  ) throws {
    try runner.run(
      KernelLaunch(
        file: "elementwise.cl", kernel: kernel, arguments: [.int(count)] + arguments,
        geometry: LaunchGeometry(count, local: 64)), on: buffers)
  }
}
