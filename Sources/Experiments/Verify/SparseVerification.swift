import Device
import GraphExec

/// The products of a layer over its surviving entries.
struct SparseVerification {
  let runner: KernelRunner
  let report: VerifyReport

  /// Tries a configuration on one shape, with a share of the entries surviving.
  func verify(_ shape: MatmulShape, density: Double, _ config: KernelConfig) {
    SparseTrial(runner, report, config, MatmulOperands(shape, density: density)).run()
  }
}

/// One configuration on one shape.
private struct SparseTrial {
  private let runner: KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let operands: MatmulOperands
  private let structure: SparseStructure
  private let stride: Int
  private var shape: MatmulShape { operands.shape }

  init(_ runner: KernelRunner, _ report: VerifyReport, _ config: KernelConfig, _ operands: MatmulOperands) {
    self.runner = runner
    self.report = report
    self.config = config
    self.operands = operands
    structure = SparseStructure(
      SparsePattern(mask: operands.mask, rows: operands.shape.inputs, columns: operands.shape.outputs))
    stride = config.stride(forBatch: operands.shape.batch)
  }

  func run() {
    let (byColumn, byRow) = (["indptr", "indices", "values"], ["tindptr", "tentries", "values"])
    attempt(.forward, "", byColumn + ["X"], operands.forward)
    attempt(.forward, "_relu", byColumn + ["X"], operands.forward.relu)
    attempt(.inputGradient, "", byRow + ["dY", "X"], operands.inputGradient)
    attempt(.inputGradient, "_gated", byRow + ["dY", "X"], operands.gatedInputGradient)
    update()
  }

  private func attempt(_ pass: MatmulPass, _ suffix: String, _ names: [String], _ expected: Expectation) {
    record(pass, suffix) { kernel in
      var buffers = try operandBuffers()
      let out = try runner.buffer("the result", [Float](repeating: .nan, count: expected.rows * stride))
      buffers["out"] = out
      try runner.run(
        launch(pass, kernel, (names + ["out"]).map { .buffer($0) }), on: buffers)
      return expected.compare(try out.read(Float.self), stride: stride)
    }
  }

  private func update() {
    record(.weightGradient, "_adam") { kernel in
      let rule = operands.adam
      var buffers = try operandBuffers()
      buffers["m"] = try runner.buffer("m", stored(structure.gather(operands.firstMoments)))
      buffers["v"] = try runner.buffer("v", stored(structure.gather(operands.secondMoments)))
      var words = [UInt32](repeating: 0, count: StepState.words)
      words[3] = rule.stepSize.bitPattern
      words[4] = rule.inverseRootCorrection.bitPattern
      buffers["state"] = try runner.buffer("state", words)
      let names = ["indptr", "indices", "X", "dY", "values", "m", "v", "state"]
      try runner.run(
        launch(
          .weightGradient, kernel,
          names.map { .buffer($0) } + [.float(rule.beta1), .float(rule.beta2), .float(rule.epsilon)]),
        on: buffers)
      func compare(_ name: String, _ expected: Expectation) throws -> Comparison {
        survivors(of: expected).compare(
          try buffers[name]?.read(Float.self) ?? [], stride: max(structure.indices.count, 1))
      }
      return try compare("values", operands.update.weights)
        .worse(compare("m", operands.update.firstMoments)).worse(compare("v", operands.update.secondMoments))
    }
  }

  /// What is expected of the entries that are stored.
  private func survivors(of whole: Expectation) -> Expectation {
    var values = [Double](repeating: 0, count: structure.indices.count)
    var bounds = values
    structure.forEach { place, at in
      values[place] = whole.values[at]
      bounds[place] = whole.bounds[at]
    }
    return Expectation(rows: 1, columns: values.count, values: values, bounds: bounds)
  }

  /// A buffer has one element at least.
  private func stored<T: Numeric>(_ values: [T]) -> [T] { values.isEmpty ? [0] : values }

  private func operandBuffers() throws -> [String: GuardedBuffer] {
    var buffers: [String: GuardedBuffer] = [:]
    for (name, values) in structure.byColumn + structure.byRow {
      buffers[name] = try runner.buffer("the structure", stored(values))
    }
    buffers["values"] = try runner.buffer("values", stored(structure.gather(operands.weights)))
    buffers["X"] = try runner.buffer("X", spread(operands.x.values, columns: shape.batch, stride: stride))
    buffers["dY"] = try runner.buffer("dY", spread(operands.dY.values, columns: shape.batch, stride: stride))
    return buffers
  }

  private func launch(
    _ pass: MatmulPass, _ kernel: String, _ arguments: [Launch.Argument]
  ) -> KernelLaunch {
    KernelLaunch(
      file: config.sparseFile, kernel: kernel, options: config.sparseOptions(stride: stride),
      arguments: [.int(pass == .inputGradient ? shape.inputs : shape.outputs), .int(stride)] + arguments,
      geometry: config.sparseGeometry(pass, inputs: shape.inputs, outputs: shape.outputs, stride: stride))
  }

  private func record(_ pass: MatmulPass, _ suffix: String, _ body: (String) throws -> Comparison) {
    let kernel = "sparse_\(pass.rawValue)\(suffix)"
    report.attempt(
      kernel, config.sparseName, case: "\(shape.description), \(structure.indices.count) entries"
    ) {
      try body(kernel)
    }
  }
}

extension KernelConfig {
  /// What tells the sparse kernels of this configuration from others, in a few words.
  fileprivate var sparseName: String {
    switch self {
    case .cpu(let tiles): "cpu \(tiles.width) wide"
    case .gpu: "gpu"
    }
  }
}
