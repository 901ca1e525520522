import Device
import Foundation

/// The launches of a layer in CSR, over its surviving entries only: the one place that knows their arguments and geometry.
///
/// Values, slots and structure are the parameter's buffers; activations and gradients are named by the caller.
package struct SparseLaunches {
  private let layer: LayerWeight
  private let pattern: SparsePattern
  private let stride: Int
  private let config: KernelConfig
  private let optimizer: any Optimizer
  private let together: [MatmulPass: Int]

  /// - Parameters:
  ///   - stride: floats from one feature's row of activations to the next.
  ///   - optimizer: what updates the weight, as in `DenseLaunches`.
  ///   - together: how many rows of the result the kernel of a pass takes together, where it is more than one. Those of the
  ///     pattern must be alike; the bits are the same.
  package init(
    _ layer: LayerWeight, pattern: SparsePattern, stride: Int, config: KernelConfig,
    optimizer: any Optimizer = Adam(), together: [MatmulPass: Int] = [:]
  ) {
    self.layer = layer
    self.pattern = pattern
    self.stride = stride
    self.config = config
    self.optimizer = optimizer
    self.together = together
  }

  private func own(_ parts: ParameterPart...) -> [Launch.Argument] { parts.map(layer.buffer) }

  /// - Parameter bias: added to each output; nil for none.
  package func forward(_ x: BufferID, to y: BufferID, bias: BufferID?, relu: Bool) -> Launch {
    product(
      .forward, (bias == nil ? "" : "_bias") + (relu ? "_relu" : ""),
      own(.columnStarts, .rowIndices, .value) + [.buffer(x), .buffer(y)]
        + (bias.map { [.buffer($0)] } ?? []), bytesPerEntry: 8)
  }

  /// - Parameter gate: the activation whose ReLU the gradient passes; nil for no ReLU.
  package func inputGradient(_ dY: BufferID, to dX: BufferID, gate: BufferID?) -> Launch {
    // Without a gate the kernel does not read the activation; any buffer of the right size stands in.
    product(
      .inputGradient, gate == nil ? "" : "_gated",
      own(.rowStarts, .rowEntries, .value) + [.buffer(dY), .buffer(gate ?? dX), .buffer(dX)],
      bytesPerEntry: 12)
  }

  /// The weight gradient with the update fused into it.
  package func update(_ x: BufferID, _ dY: BufferID) -> Launch {
    product(
      .weightGradient, "_update",
      own(.columnStarts, .rowIndices) + [.buffer(x), .buffer(dY)] + optimizer.updateArguments(of: layer)
        + [.buffer(.state)],
      extraFlops: optimizer.updateFlops, bytesPerEntry: 4 + optimizer.updateBytes)
  }

  private func product(
    _ pass: MatmulPass, _ suffix: String, _ arguments: [Launch.Argument], extraFlops: Int = 0,
    bytesPerEntry: Int
  ) -> Launch {
    let rows = together[pass] ?? 1
    return Launch(
      label: "\(layer.label) \(pass.words)", file: config.sparseFile, prelude: optimizer.prelude,
      kernel: "sparse_\(pass.rawValue)\(suffix)",
      options: config.sparseOptions(stride: stride, together: rows) + " " + optimizer.kernelOptions,
      product: LayerProduct(weight: layer.id, pass: pass),
      arguments: [.int(pass == .inputGradient ? pattern.rows : pattern.columns), .int(stride)] + arguments,
      geometry: config.sparseGeometry(
        pass, inputs: pattern.rows, outputs: pattern.columns, stride: stride),
      tile: "CSR, \(String(format: "%.1f", pattern.density * 100))% dense"
        + (rows > 1 ? ", \(rows) \(pass == .inputGradient ? "inputs" : "outputs") together" : ""),
      shape: "\(pattern.rows)x\(pattern.columns)x\(stride)",
      flops: (2 * stride + extraFlops) * pattern.count,
      bytes: bytesPerEntry * pattern.count + (pattern.rows + pattern.columns) * stride * 4)
  }
}
