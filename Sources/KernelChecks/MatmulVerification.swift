import Device
import GraphExec

/// The matmuls of a layer with every epilogue, in one configuration after another.
struct MatmulVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let configurations: [VerifiedProducts]

  /// Tries each configuration on one shape.
  func verify(_ shape: MatmulShape) {
    let operands = MatmulOperands(shape)
    for tried in configurations {
      let trial = MatmulTrial(runner, report, tried.config, operands)
      for pass in tried.passes { trial.run(pass) }
    }
  }

  /// Tries the fused updates of each configuration on one shape, with an optimizer.
  func verifyUpdates(_ shape: MatmulShape, _ optimizer: any Optimizer) {
    let operands = MatmulOperands(shape, optimizer: optimizer)
    for tried in configurations { MatmulTrial(runner, report, tried.config, operands).updates() }
  }
}

/// One configuration on one shape.
struct MatmulTrial {
  private let runner: any KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let operands: MatmulOperands
  private let stride: Int
  private let ldw: Int
  private var shape: MatmulShape { operands.shape }

  init(_ runner: any KernelRunner, _ report: VerifyReport, _ config: KernelConfig, _ operands: MatmulOperands)
  {
    self.runner = runner
    self.report = report
    self.config = config
    self.operands = operands
    stride = config.stride(forBatch: operands.shape.batch)
    ldw = leadingDimension(operands.shape.outputs)
  }

  /// Tries every kernel of a pass.
  func run(_ pass: MatmulPass) {
    switch pass {
    case .forward:
      for relu in [false, true] {
        forward(relu: relu)
        biasedForward(relu: relu)
      }
    case .inputGradient:
      attempt(launches.inputGradient(.dY, to: .out, gate: nil), stride, operands.inputGradient)
      gatedInputGradient()
    case .weightGradient:
      attempt(launches.weightGradient(.x, .dY, to: .out), ldw, operands.weightGradient)
      updates()
    }
  }

  /// Tries the kernel of a pass that does most as it stores.
  func runOne(_ pass: MatmulPass) {
    switch pass {
    case .forward: biasedForward(relu: true)
    case .inputGradient: gatedInputGradient()
    case .weightGradient: maskedUpdate()
    }
  }

  private var launches: DenseLaunches {
    DenseLaunches(
      LayerWeight(inputs: shape.inputs, outputs: shape.outputs), stride: stride, config: config,
      optimizer: operands.rule.optimizer)
  }

  // MARK: the products

  private func forward(relu: Bool) {
    let sums = operands.forward
    attempt(launches.forward(.x, to: .out, bias: nil, relu: relu), stride, relu ? sums.relu : sums)
  }

  private func biasedForward(relu: Bool) {
    let sums = operands.biasedForward
    attempt(launches.forward(.x, to: .out, bias: .bias, relu: relu), stride, relu ? sums.relu : sums)
  }

  private func gatedInputGradient() {
    attempt(launches.inputGradient(.dY, to: .out, gate: .x), stride, operands.gatedInputGradient)
  }

  /// - Parameter stride: floats from one row of the result to the next.
  private func attempt(_ launch: Launch, _ stride: Int, _ expected: Expectation) {
    report.attempt(launch.kernel, name(of: launch), case: shape.description) {
      var buffers = try operandBuffers()
      // What nothing writes shows as a NaN.
      let out = try runner.buffer("the result", [Float](repeating: .nan, count: expected.rows * stride))
      buffers[.out] = out
      try runner.run(launch, on: buffers)
      return expected.compare(try out.read(Float.self), stride: stride)
    }
  }

  // MARK: with the optimizer

  func updates() {
    if config.fusesUpdate(stride: stride) { update(masked: false, operands.update) }
    maskedUpdate()
  }

  private func maskedUpdate() {
    if config.fusesUpdate(stride: stride) { update(masked: true, operands.maskedUpdate) }
  }

  private func update(masked: Bool, _ expected: UpdateReference.Update) {
    let launch = launches.update(.x, .dY, masked: masked)
    let name = "\(name(of: launch)), \(operands.rule.name)"
    report.attempt(launch.kernel, name, case: shape.description) {
      var buffers = try operandBuffers()
      for (slot, matrix) in operands.slots.enumerated() {
        buffers[.weight(.slot(slot))] = try weightBuffer("slot \(slot)", matrix)
      }
      buffers[.weight(.mask)] = try runner.buffer(
        "mask", spread(operands.mask, columns: shape.outputs, stride: ldw))
      buffers[.state] = try runner.buffer("state", operands.rule.state.words)
      try runner.run(launch, on: buffers)
      return try expected.compare { part, expected in
        expected.compare(try buffers[.weight(part)]?.read(Float.self) ?? [], stride: ldw)
      }
    }
  }

  private func name(of launch: Launch) -> String { config.name(launch.product?.pass ?? .forward) }

  private func operandBuffers() throws -> [BufferID: any KernelBuffer] {
    [
      .weight(.value): try weightBuffer("W", operands.weights),
      .bias: try runner.buffer("bias", operands.bias),
      .x: try runner.buffer("X", spread(operands.x.values, columns: shape.batch, stride: stride)),
      .dY: try runner.buffer("dY", spread(operands.dY.values, columns: shape.batch, stride: stride)),
    ]
  }

  private func weightBuffer(_ name: String, _ matrix: Matrix) throws -> any KernelBuffer {
    try runner.buffer(name, spread(matrix.values, columns: matrix.columns, stride: ldw))
  }
}
