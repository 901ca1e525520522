import Device
import GraphExec

/// The matmuls of a layer with every epilogue, in one configuration after another.
struct MatmulVerification {
  let runner: KernelRunner
  let report: VerifyReport
  let configurations: [KernelConfig]

  /// Tries each configuration on one shape.
  func verify(_ shape: MatmulShape) {
    let operands = MatmulOperands(shape)
    for config in configurations { MatmulTrial(runner, report, config, operands).run() }
  }
}

/// One configuration on one shape.
private struct MatmulTrial {
  private let runner: KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let operands: MatmulOperands
  private let stride: Int
  private let ldw: Int
  private var shape: MatmulShape { operands.shape }

  init(_ runner: KernelRunner, _ report: VerifyReport, _ config: KernelConfig, _ operands: MatmulOperands) {
    self.runner = runner
    self.report = report
    self.config = config
    self.operands = operands
    stride = config.stride(forBatch: operands.shape.batch)
    ldw = leadingDimension(operands.shape.outputs)
  }

  func run() {
    products()
    updates()
  }

  // MARK: the products

  private func products() {
    let output = Output(rows: shape.outputs, stride: stride)
    attempt(.forward, "", ["W", "X", "out"], output, operands.forward)
    attempt(.forward, "_relu", ["W", "X", "out"], output, operands.forward.relu)
    let gradient = Output(rows: shape.inputs, stride: stride)
    attempt(.inputGradient, "", ["W", "dY", "X", "out"], gradient, operands.inputGradient)
    attempt(.inputGradient, "_gated", ["W", "dY", "X", "out"], gradient, operands.gatedInputGradient)
    attempt(
      .weightGradient, "", ["X", "dY", "out"], Output(rows: shape.inputs, stride: ldw),
      operands.weightGradient)
  }

  private struct Output {
    let rows: Int
    let stride: Int
  }

  private func attempt(
    _ pass: MatmulPass, _ suffix: String, _ names: [String], _ output: Output, _ expected: Expectation
  ) {
    record(pass, suffix) { kernel in
      var buffers = try operandBuffers(names.filter { $0 != "out" })
      // What nothing writes shows as a NaN.
      let out = try runner.buffer(
        "the result", [Float](repeating: .nan, count: output.rows * output.stride))
      buffers["out"] = out
      try runner.run(launch(pass, kernel, names.map { .buffer($0) }), on: buffers)
      return expected.compare(try out.read(Float.self), stride: output.stride)
    }
  }

  // MARK: with the optimizer

  private func updates() {
    guard config.fusesUpdate(stride: stride) else { return }
    update("_adam", masked: false, operands.update)
    update("_adam_masked", masked: true, operands.maskedUpdate)
  }

  private func update(_ suffix: String, masked: Bool, _ expected: AdamReference.Update) {
    record(.weightGradient, suffix) { kernel in
      let rule = operands.adam
      var buffers = try operandBuffers(["X", "dY", "W"])
      buffers["m"] = try weightBuffer("m", operands.firstMoments)
      buffers["v"] = try weightBuffer("v", operands.secondMoments)
      buffers["mask"] = try runner.buffer(
        "mask", spread(operands.mask, columns: shape.outputs, stride: ldw))
      var words = [UInt32](repeating: 0, count: StepState.words)
      words[3] = rule.stepSize.bitPattern
      words[4] = rule.inverseRootCorrection.bitPattern
      buffers["state"] = try runner.buffer("state", words)
      var arguments: [Launch.Argument] = ["X", "dY", "W", "m", "v", "state"].map { .buffer($0) }
      arguments += [.float(rule.beta1), .float(rule.beta2), .float(rule.epsilon)]
      if masked { arguments.append(.buffer("mask")) }
      try runner.run(launch(.weightGradient, kernel, arguments), on: buffers)
      func compare(_ name: String, _ expected: Expectation) throws -> Comparison {
        expected.compare(try buffers[name]?.read(Float.self) ?? [], stride: ldw)
      }
      return try compare("W", expected.weights).worse(compare("m", expected.firstMoments))
        .worse(compare("v", expected.secondMoments))
    }
  }

  // MARK: launching

  private func operandBuffers(_ names: [String]) throws -> [String: GuardedBuffer] {
    var buffers: [String: GuardedBuffer] = [:]
    for name in names {
      switch name {
      case "W": buffers[name] = try weightBuffer(name, operands.weights)
      case "X":
        buffers[name] = try runner.buffer(
          name, spread(operands.x.values, columns: shape.batch, stride: stride))
      default:
        buffers[name] = try runner.buffer(
          name, spread(operands.dY.values, columns: shape.batch, stride: stride))
      }
    }
    return buffers
  }

  private func weightBuffer(_ name: String, _ matrix: Matrix) throws -> GuardedBuffer {
    try runner.buffer(name, spread(matrix.values, columns: matrix.columns, stride: ldw))
  }

  private func launch(_ pass: MatmulPass, _ kernel: String, _ arguments: [Launch.Argument]) -> KernelLaunch {
    KernelLaunch(
      file: config.matmulFile, kernel: kernel, options: config.matmulOptions,
      arguments: [.int(shape.inputs), .int(shape.outputs), .int(ldw), .int(stride)] + arguments,
      geometry: config.geometry(
        pass, inputs: shape.inputs, outputs: shape.outputs, ldw: ldw, stride: stride))
  }

  private func record(_ pass: MatmulPass, _ suffix: String, _ body: (String) throws -> Comparison) {
    let kernel = "matmul_\(pass.rawValue)\(suffix)"
    report.attempt(kernel, config.name, case: shape.description) { try body(kernel) }
  }
}
