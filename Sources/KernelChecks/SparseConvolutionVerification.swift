import Device
import GraphExec

/// The products of a convolution over its surviving entries, and the update of these.
struct SparseConvolutionVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  /// As in `ConvolutionVerification`.
  let isThorough: Bool

  /// Tries configurations on one shape, with a share of the entries surviving.
  func verify(_ shape: ConvolutionShape, density: Double, _ configurations: [KernelConfig]) {
    let operands = ConvolutionOperands(shape, density: density)
    for config in configurations {
      for border in shape.borders(isThorough: isThorough) {
        let trial = ConvolutionTrial(runner, report, config, operands, border: border)
        trial.products(launches(trial), isThorough: isThorough) { try weight(trial) }
        update(trial)
      }
    }
  }

  /// Tries the update with an optimizer.
  func verifyUpdate(
    _ shape: ConvolutionShape, density: Double, _ config: KernelConfig, _ optimizer: any Optimizer
  ) {
    let operands = ConvolutionOperands(shape, density: density, optimizer: optimizer)
    update(ConvolutionTrial(runner, report, config, operands, border: shape.convolution.padding))
  }

  private func pattern(_ operands: ConvolutionOperands) -> SparsePattern {
    SparsePattern(mask: operands.mask, rows: operands.weights.rows, columns: operands.weights.columns)
  }

  private func launches(_ trial: ConvolutionTrial) -> SparseConvolutionLaunches {
    SparseConvolutionLaunches(
      trial.setting, pattern: pattern(trial.operands), optimizer: trial.operands.rule.optimizer)
  }

  private func update(_ trial: ConvolutionTrial) {
    let (operands, structure) = (trial.operands, SparseStructure(pattern(trial.operands)))
    let (update, bytes) = launches(trial).update(.x, TensorOperand(.dY, trial.output))
    trial.parts(update, bytes: bytes) {
      var buffers = try weight(trial)
      for (slot, matrix) in operands.slots.enumerated() {
        buffers[.weight(.slot(slot))] = try runner.buffer("slot \(slot)", stored(structure.gather(matrix)))
      }
      buffers[.state] = try runner.buffer("state", operands.rule.state.words)
      return buffers
    } compare: { buffers in
      try operands.update.compare { part, expected in
        expected.survivors(in: structure).compare(
          try buffers[.weight(part)]?.read(Float.self) ?? [], stride: max(structure.indices.count, 1))
      }
    }
  }

  /// Values, structure and tables.
  private func weight(_ trial: ConvolutionTrial) throws -> [BufferID: any KernelBuffer] {
    let structure = SparseStructure(pattern(trial.operands))
    let launches = launches(trial)
    var buffers: [BufferID: any KernelBuffer] = [
      .weight(.value): try runner.buffer("values", stored(structure.gather(trial.operands.weights))),
      .weight(.columnStarts): try runner.buffer("the columns", structure.indptr),
    ]
    for (id, values) in [(launches.offsetsID, launches.offsets)] + launches.reads(of: trial.output) {
      buffers[id] = try runner.buffer("\(id)", stored(values))
    }
    return buffers
  }
}

extension Expectation {
  /// What is expected of the entries that are stored.
  func survivors(in structure: SparseStructure) -> Expectation {
    var values = [Double](repeating: 0, count: structure.indices.count)
    var bounds = values
    structure.forEach { place, at in
      values[place] = self.values[at]
      bounds[place] = self.bounds[at]
    }
    return Expectation(rows: 1, columns: values.count, values: values, bounds: bounds)
  }
}

/// A buffer has one element at least.
func stored<T: Numeric>(_ values: [T]) -> [T] { values.isEmpty ? [0] : values }
