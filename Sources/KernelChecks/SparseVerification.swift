import Device
import GraphExec

/// The products of a layer over its surviving entries.
struct SparseVerification {
  let runner: any KernelRunner
  let report: VerifyReport

  /// Tries a configuration on one shape, with a share of the entries surviving.
  func verify(_ shape: MatmulShape, density: Double, _ config: KernelConfig) {
    SparseTrial(runner, report, config, MatmulOperands(shape, density: density)).run()
  }

  /// The same where entries survive in blocks, and rows and columns of these are taken together.
  func verify(_ shape: MatmulShape, density: Double, in blocks: SparseBlocks, _ config: KernelConfig) {
    guard config.takesBlocksOfEntries else { return }
    SparseTrial(runner, report, config, MatmulOperands(shape, density: density, blocks: blocks), blocks).run()
  }

  /// Tries the update of a configuration on one shape, with an optimizer.
  func verifyUpdate(
    _ shape: MatmulShape, density: Double, in blocks: SparseBlocks = .entries, _ config: KernelConfig,
    _ optimizer: any Optimizer
  ) {
    guard blocks == .entries || config.takesBlocksOfEntries else { return }
    let operands = MatmulOperands(shape, density: density, blocks: blocks, optimizer: optimizer)
    SparseTrial(runner, report, config, operands, blocks).update()
  }
}

/// One configuration on one shape.
private struct SparseTrial {
  private let runner: any KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let operands: MatmulOperands
  private let pattern: SparsePattern
  private let structure: SparseStructure
  private let blocks: SparseBlocks
  private let stride: Int
  private var shape: MatmulShape { operands.shape }

  init(
    _ runner: any KernelRunner, _ report: VerifyReport, _ config: KernelConfig, _ operands: MatmulOperands,
    _ blocks: SparseBlocks = .entries
  ) {
    self.blocks = blocks
    self.runner = runner
    self.report = report
    self.config = config
    self.operands = operands
    pattern = SparsePattern(
      mask: operands.mask, rows: operands.shape.inputs, columns: operands.shape.outputs)
    structure = SparseStructure(pattern)
    stride = config.stride(forBatch: operands.shape.batch)
  }

  private var launches: SparseLaunches {
    SparseLaunches(
      LayerWeight(inputs: shape.inputs, outputs: shape.outputs), pattern: pattern, stride: stride,
      config: config, optimizer: operands.rule.optimizer,
      together: Dictionary(uniqueKeysWithValues: MatmulPass.allCases.map { ($0, blocks[$0]) }))
  }

  func run() {
    let launches = launches
    for relu in [false, true] {
      let (plain, biased) = (operands.forward, operands.biasedForward)
      attempt(launches.forward(.x, to: .out, bias: nil, relu: relu), relu ? plain.relu : plain)
      attempt(launches.forward(.x, to: .out, bias: .bias, relu: relu), relu ? biased.relu : biased)
    }
    attempt(launches.inputGradient(.dY, to: .out, gate: nil), operands.inputGradient)
    attempt(launches.inputGradient(.dY, to: .out, gate: .x), operands.gatedInputGradient)
    update()
  }

  private func attempt(_ launch: Launch, _ expected: Expectation) {
    record(launch, config.sparseName) {
      var buffers = try operandBuffers()
      let out = try runner.buffer("the result", [Float](repeating: .nan, count: expected.rows * stride))
      buffers[.out] = out
      try runner.run(launch, on: buffers)
      return expected.compare(try out.read(Float.self), stride: stride)
    }
  }

  func update() {
    let launch = launches.update(.x, .dY)
    record(launch, "\(config.sparseName), \(operands.rule.name)") {
      var buffers = try operandBuffers()
      for (slot, matrix) in operands.slots.enumerated() {
        buffers[.weight(.slot(slot))] = try runner.buffer("slot \(slot)", stored(structure.gather(matrix)))
      }
      buffers[.state] = try runner.buffer("state", operands.rule.state.words)
      try runner.run(launch, on: buffers)
      return try operands.update.compare { part, expected in
        expected.survivors(in: structure).compare(
          try buffers[.weight(part)]?.read(Float.self) ?? [], stride: max(structure.indices.count, 1))
      }
    }
  }

  private func operandBuffers() throws -> [BufferID: any KernelBuffer] {
    var buffers: [BufferID: any KernelBuffer] = [:]
    for part in SparseStructure.parts {
      buffers[.weight(part)] = try runner.buffer("the structure", stored(structure[part] ?? []))
    }
    buffers[.weight(.value)] = try runner.buffer("values", stored(structure.gather(operands.weights)))
    buffers[.bias] = try runner.buffer("bias", operands.bias)
    buffers[.x] = try runner.buffer("X", spread(operands.x.values, columns: shape.batch, stride: stride))
    buffers[.dY] = try runner.buffer("dY", spread(operands.dY.values, columns: shape.batch, stride: stride))
    return buffers
  }

  private func record(_ launch: Launch, _ configuration: String, _ body: () throws -> Comparison) {
    let entries = "\(pattern.count) entries" + (blocks == .entries ? "" : " in blocks of \(blocks)")
    report.attempt(launch.kernel, configuration, case: "\(shape.description), \(entries)", body)
  }
}

extension KernelConfig {
  /// What tells the sparse kernels of this configuration from others, in a few words.
  fileprivate var sparseName: String {
    switch kernels {
    case .cpu(let tiles): "cpu \(tiles.width) wide"
    case .gpu: "gpu"
    }
  }
}
