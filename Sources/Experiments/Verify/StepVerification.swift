import Device
import Foundation
import GraphExec

/// The kernels that keep an epoch going: `begin_epoch`, `begin_step`, `begin_batch` and the gathers.
struct StepVerification {
  let runner: KernelRunner
  let report: VerifyReport

  // MARK: the state

  /// The progress of an epoch, and Adam's bias corrections near the first step and far from it.
  func verifyState() {
    for (step, cursor, count) in [(0, 0, 0), (1, 0, 32), (9, 64, 32), (999, 90, 10), (100_000, 100, 0)] {
      let rule = AdamOptimizer(learningRate: 0.003)
      let state = Self.state(step: step, cursor: cursor, count: count)
      let sizes: [Launch.Argument] = [.buffer("state"), .int(100), .int(32)]
      let logs: [Launch.Argument] = [
        .float(rule.learningRate), .float(Float(log(Double(rule.beta1)))),
        .float(Float(log(Double(rule.beta2)))),
      ]
      var next = state
      next[1] = UInt32(cursor + count)
      next[2] = UInt32(min(max(100 - cursor - count, 0), 32))
      verify("begin_batch", sizes, state, expected: next, step: step)
      next[0] = UInt32(step + 1)
      let power = Double(step + 1)
      let size = Double(rule.learningRate) / -expm1(power * log(Double(rule.beta1)))
      let correction = 1 / (-expm1(power * log(Double(rule.beta2)))).squareRoot()
      verify("begin_step", sizes + logs, state, expected: next, step: step, floats: [3: size, 4: correction])
      var begun = state
      for word in [1, 2, 5, 6, 7, 8] { begun[word] = 0 }
      verify("begin_epoch", [.buffer("state")], state, expected: begun, step: step)
    }
  }

  private static func state(step: Int, cursor: Int, count: Int) -> [UInt32] {
    var words = (0..<UInt32(StepState.words)).map { Float($0 + 1).bitPattern }
    words[0] = UInt32(step)
    words[1] = UInt32(cursor)
    words[2] = UInt32(count)
    return words
  }

  /// Compares all words exactly but those of `floats`, which take the roundings of `begin_step`: of the logarithm and
  /// its multiple, `expm1` (3 ulp), square root (3 ulp) and division (2.5 ulp); 16 u in all.
  private func verify(
    _ kernel: String, _ arguments: [Launch.Argument], _ state: [UInt32], expected: [UInt32], step: Int,
    floats: [Int: Double] = [:]
  ) {
    report.attempt(kernel, "any device", case: "step \(step)") {
      let buffer = try runner.buffer("state", state)
      try runner.run(
        KernelLaunch(
          file: "step.cl", kernel: kernel, arguments: arguments, geometry: LaunchGeometry(1, local: 1)),
        on: ["state": buffer])
      var words = try buffer.read(UInt32.self)
      var worst = Comparison()
      for (index, value) in floats {
        let got = Double(Float(bitPattern: words[index]))
        worst = worst.worse(Expectation.compare(got, value, bound: 16 * Expectation.unit * value))
        words[index] = expected[index]
      }
      return worst.worse(.exact(words, expected))
    }
  }

  // MARK: the gathers

  /// Batches full, partly filled and empty, from images in a random order.
  func verifyGather(_ config: KernelConfig, features: Int, batch: Int) {
    let stride = config.stride(forBatch: batch)
    var random = RandomValues(seed: UInt64(features * 1000 + batch))
    let (images, cursor) = (batch + 5, 3)
    let order = random.permutation(images)
    let bytes = random.bytes(images * features)
    let floats = random.floats(images * features)
    let scale = Float(1) / 255
    for count in Set([batch, batch / 2, 0]).sorted() {
      for kernel in ["gather_bytes", "gather_floats"] {
        var expected = [Float](repeating: 0, count: features * stride)
        for b in 0..<count {
          for f in 0..<features {
            let index = Int(order[cursor + b]) * features + f
            expected[f * stride + b] =
              (kernel == "gather_bytes" ? Float(bytes[index]) : floats[index]) * scale
          }
        }
        report.attempt(
          kernel, config.familyName, case: "\(features)x\(batch) with \(count) images"
        ) {
          let x = try runner.buffer("x", [Float](repeating: .nan, count: features * stride))
          let small = SmallKernels(config)
          let buffers = [
            "images": kernel == "gather_bytes"
              ? try runner.buffer("images", bytes) : try runner.buffer("images", floats),
            "order": try runner.buffer("order", order),
            "state": try runner.buffer("state", Self.state(step: 1, cursor: cursor, count: count)), "x": x,
          ]
          try runner.run(
            KernelLaunch(
              file: "step.cl", kernel: kernel, options: defines(small.gatherMacros),
              arguments: [
                .int(features), .int(stride), .buffer("images"), .buffer("order"), .buffer("state"),
                .float(scale), .buffer("x"),
              ], geometry: small.gather(features: features, stride: stride)), on: buffers)
          return Expectation(exactly: expected, rows: features, columns: stride).compare(
            try x.read(Float.self), stride: stride)
        }
      }
    }
  }
}

extension KernelConfig {
  /// The family alone, for kernels that the tile says nothing to.
  var familyName: String {
    switch self {
    case .cpu: "cpu"
    case .gpu: "gpu"
    }
  }
}

extension VerifyReport {
  /// Runs a case and records what it showed, errors too.
  func attempt(
    _ kernel: String, _ configuration: String, case name: String, _ body: () throws -> Comparison
  ) {
    do {
      record(kernel, configuration, case: name, try body())
    } catch {
      record(kernel, configuration, case: name, error: error)
    }
  }
}
