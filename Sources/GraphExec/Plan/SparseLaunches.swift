import Device
import Foundation

/// The launches of a layer in CSR, over its surviving entries only: the one place that knows their arguments and geometry.
///
/// Values, moments and structure are the buffers `W`, `m`, `v`, `indptr`, `indices`, `tindptr` and `tentries` with the
/// layer's number; activations and gradients are named by the caller.
package struct SparseLaunches {
  private let layer: Int
  private let pattern: SparsePattern
  private let stride: Int
  private let config: KernelConfig

  /// - Parameter stride: floats from one feature's row of activations to the next.
  package init(layer: Int, pattern: SparsePattern, stride: Int, config: KernelConfig) {
    self.layer = layer
    self.pattern = pattern
    self.stride = stride
    self.config = config
  }

  private func own(_ names: String...) -> [Launch.Argument] { names.map { .buffer("\($0)\(layer)") } }

  package func forward(_ x: String, to y: String, relu: Bool) -> Launch {
    product(
      .forward, relu ? "_relu" : "", own("indptr", "indices", "W") + [.buffer(x), .buffer(y)],
      bytesPerEntry: 8)
  }

  /// - Parameter gate: the activation whose ReLU the gradient passes; nil for no ReLU.
  package func inputGradient(_ dY: String, to dX: String, gate: String?) -> Launch {
    // Without a gate the kernel does not read the activation; any buffer of the right size stands in.
    product(
      .inputGradient, gate == nil ? "" : "_gated",
      own("tindptr", "tentries", "W") + [.buffer(dY), .buffer(gate ?? dX), .buffer(dX)], bytesPerEntry: 12)
  }

  /// The weight gradient with the update fused into it.
  package func update(_ x: String, _ dY: String, optimizer: AdamOptimizer) -> Launch {
    product(
      .weightGradient, "_adam",
      own("indptr", "indices") + [.buffer(x), .buffer(dY)] + own("W", "m", "v") + optimizer.updateArguments,
      extraFlops: 12, bytesPerEntry: 28)
  }

  private func product(
    _ pass: MatmulPass, _ suffix: String, _ arguments: [Launch.Argument], extraFlops: Int = 0,
    bytesPerEntry: Int
  ) -> Launch {
    Launch(
      label: "layer \(layer + 1) \(pass.words)", file: config.sparseFile,
      kernel: "sparse_\(pass.rawValue)\(suffix)", options: config.sparseOptions(stride: stride),
      product: LayerProduct(layer: layer, pass: pass),
      arguments: [.int(pass == .inputGradient ? pattern.rows : pattern.columns), .int(stride)] + arguments,
      geometry: config.sparseGeometry(
        pass, inputs: pattern.rows, outputs: pattern.columns, stride: stride),
      tile: "CSR, \(String(format: "%.1f", pattern.density * 100))% dense",
      shape: "\(pattern.rows)x\(pattern.columns)x\(stride)",
      flops: (2 * stride + extraFlops) * pattern.count,
      bytes: bytesPerEntry * pattern.count + (pattern.rows + pattern.columns) * stride * 4)
  }
}
