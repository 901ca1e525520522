import Device

/// The launches of a layer whose matrix holds every entry: the one place that knows their arguments and geometry.
///
/// Weights, moments and mask are the buffers `W`, `m`, `v` and `mask` with the layer's number; the other operands are named
/// by the caller.
package struct DenseLaunches {
  private let layer: Int
  private let inputs: Int
  private let outputs: Int
  private let stride: Int
  private let config: KernelConfig
  private var ldw: Int { leadingDimension(outputs) }
  private var weight: Launch.Argument { .buffer("W\(layer)") }
  private var mask: Launch.Argument { .buffer("mask\(layer)") }

  /// - Parameter stride: floats from one feature's row of activations to the next.
  package init(layer: Int, inputs: Int, outputs: Int, stride: Int, config: KernelConfig) {
    self.layer = layer
    self.inputs = inputs
    self.outputs = outputs
    self.stride = stride
    self.config = config
  }

  // MARK: products

  package func forward(_ x: String, to y: String, relu: Bool) -> Launch {
    matmul(.forward, relu ? "_relu" : "", [weight, .buffer(x), .buffer(y)])
  }

  /// - Parameter gate: the activation whose ReLU the gradient passes; nil for no ReLU.
  package func inputGradient(_ dY: String, to dX: String, gate: String?) -> Launch {
    // Without a gate the kernel does not read the activation; any buffer of the right size stands in.
    matmul(
      .inputGradient, gate == nil ? "" : "_gated",
      [weight, .buffer(dY), .buffer(gate ?? dX), .buffer(dX)])
  }

  package func weightGradient(_ x: String, _ dY: String, to gradient: String) -> Launch {
    matmul(.weightGradient, "", [.buffer(x), .buffer(dY), .buffer(gradient)])
  }

  /// The weight gradient with the update fused into it.
  package func update(_ x: String, _ dY: String, masked: Bool, optimizer: AdamOptimizer) -> Launch {
    matmul(
      .weightGradient, masked ? "_adam_masked" : "_adam",
      [.buffer(x), .buffer(dY), weight] + moments + optimizer.updateArguments + (masked ? [mask] : []),
      extraFlops: 12 * inputs * outputs, bytesPerWeight: masked ? 25 : 24)
  }

  private var moments: [Launch.Argument] { [.buffer("m\(layer)"), .buffer("v\(layer)")] }

  private func matmul(
    _ pass: MatmulPass, _ suffix: String, _ operands: [Launch.Argument], extraFlops: Int = 0,
    bytesPerWeight: Int = 4
  ) -> Launch {
    Launch(
      label: "layer \(layer + 1) \(pass.words)", file: config.matmulFile,
      kernel: "matmul_\(pass.rawValue)\(suffix)", options: config.matmulOptions,
      product: LayerProduct(layer: layer, pass: pass),
      arguments: [.int(inputs), .int(outputs), .int(ldw), .int(stride)] + operands,
      geometry: config.geometry(pass, inputs: inputs, outputs: outputs, ldw: ldw, stride: stride),
      tile: config.tile(pass), shape: "\(inputs)x\(outputs)x\(stride)",
      flops: 2 * inputs * outputs * stride + extraFlops,
      bytes: inputs * ldw * bytesPerWeight + (inputs + outputs) * stride * 4)
  }

  // MARK: the update by itself

  /// Zeroes the gradient's pruned entries.
  package func maskGradient(_ gradient: String) -> Launch {
    overWeights("mask", "mask_gradient", [mask, .buffer(gradient)], flops: 0, bytesPerWeight: 5)
  }

  /// One Adam step.
  package func adam(_ gradient: String, optimizer: AdamOptimizer) -> Launch {
    overWeights(
      "adam", "adam_update", [.buffer(gradient), weight] + moments + [mask] + optimizer.updateArguments,
      flops: 12 * inputs * outputs, bytesPerWeight: 29)
  }

  private func overWeights(
    _ name: String, _ kernel: String, _ operands: [Launch.Argument], flops: Int, bytesPerWeight: Int
  ) -> Launch {
    Launch(
      label: "layer \(layer + 1) \(name)", file: "elementwise.cl", kernel: kernel,
      product: LayerProduct(layer: layer, pass: .weightGradient),
      arguments: [.long(inputs * ldw)] + operands, geometry: LaunchGeometry(inputs * ldw, local: 64),
      shape: "\(inputs)x\(ldw)", flops: flops, bytes: inputs * ldw * bytesPerWeight)
  }
}

extension AdamOptimizer {
  /// What every kernel with an update takes: the step's state and the rule's constants.
  var updateArguments: [Launch.Argument] {
    [.buffer("state"), .float(beta1), .float(beta2), .float(epsilon)]
  }
}
