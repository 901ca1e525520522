import Device

/// The launches of a layer whose matrix holds every entry: the one place that knows their arguments and geometry.
///
/// Weight, slots and mask are the parameter's buffers; the other operands are named by the caller.
package struct DenseLaunches {
  private let layer: LayerWeight
  private let stride: Int
  private let config: KernelConfig
  private let optimizer: any Optimizer
  private var ldw: Int { leadingDimension(outputs) }
  private var inputs: Int { layer.inputs }
  private var outputs: Int { layer.outputs }
  private var weight: Launch.Argument { layer.buffer(.value) }
  private var mask: Launch.Argument { layer.buffer(.mask) }

  /// - Parameters:
  ///   - stride: floats from one feature's row of activations to the next.
  ///   - optimizer: what updates the weight; its file goes before that of the products, which are in one program with the
  ///     updates.
  package init(
    _ layer: LayerWeight, stride: Int, config: KernelConfig, optimizer: any Optimizer = Adam()
  ) {
    self.layer = layer
    self.stride = stride
    self.config = config
    self.optimizer = optimizer
  }

  // MARK: products

  /// - Parameter bias: added to each output; nil for none.
  package func forward(_ x: BufferID, to y: BufferID, bias: BufferID?, relu: Bool) -> Launch {
    matmul(
      .forward, (bias == nil ? "" : "_bias") + (relu ? "_relu" : ""),
      [weight, .buffer(x), .buffer(y)] + (bias.map { [.buffer($0)] } ?? []))
  }

  /// - Parameter gate: the activation whose ReLU the gradient passes; nil for no ReLU.
  package func inputGradient(_ dY: BufferID, to dX: BufferID, gate: BufferID?) -> Launch {
    // Without a gate the kernel does not read the activation; any buffer of the right size stands in.
    matmul(
      .inputGradient, gate == nil ? "" : "_gated",
      [weight, .buffer(dY), .buffer(gate ?? dX), .buffer(dX)])
  }

  package func weightGradient(_ x: BufferID, _ dY: BufferID, to gradient: BufferID) -> Launch {
    matmul(.weightGradient, "", [.buffer(x), .buffer(dY), .buffer(gradient)])
  }

  /// The weight gradient with the update fused into it.
  package func update(_ x: BufferID, _ dY: BufferID, masked: Bool) -> Launch {
    matmul(
      .weightGradient, masked ? "_update_masked" : "_update",
      [.buffer(x), .buffer(dY)] + optimizer.updateArguments(of: layer) + [.buffer(.state)]
        + (masked ? [mask] : []),
      extraFlops: optimizer.updateFlops * inputs * outputs,
      bytesPerWeight: optimizer.updateBytes + (masked ? 1 : 0))
  }

  private func matmul(
    _ pass: MatmulPass, _ suffix: String, _ operands: [Launch.Argument], extraFlops: Int = 0,
    bytesPerWeight: Int = 4
  ) -> Launch {
    let launch = config.matmul(pass, inputs: inputs, outputs: outputs, stride: stride)
    return Launch(
      label: "\(layer.label) \(pass.words)", file: config.matmulFile, prelude: optimizer.prelude,
      kernel: "matmul_\(pass.rawValue)\(suffix)",
      options: launch.options + " " + optimizer.kernelOptions,
      product: LayerProduct(weight: layer.id, pass: pass),
      arguments: [.int(inputs), .int(outputs), .int(ldw), .int(stride)] + operands,
      geometry: launch.geometry, tile: launch.tile, tileSource: launch.source,
      shape: "\(inputs)x\(outputs)x\(stride)",
      flops: 2 * inputs * outputs * stride + extraFlops,
      bytes: inputs * ldw * bytesPerWeight + (inputs + outputs) * stride * 4)
  }

  // MARK: the update by itself

  /// Zeroes the gradient's pruned entries.
  package func maskGradient(_ gradient: BufferID) -> Launch {
    overWeights("mask", "mask_gradient", [mask, .buffer(gradient)], flops: 0, bytesPerWeight: 5)
  }

  /// One step of the optimizer.
  package func update(_ gradient: BufferID) -> Launch {
    overWeights(
      "update", "parameter_update",
      [.buffer(gradient)] + optimizer.updateArguments(of: layer) + [mask, .buffer(.state)],
      flops: optimizer.updateFlops * inputs * outputs, bytesPerWeight: optimizer.updateBytes + 5)
  }

  private func overWeights(
    _ name: String, _ kernel: String, _ operands: [Launch.Argument], flops: Int, bytesPerWeight: Int
  ) -> Launch {
    Launch(
      label: "\(layer.label) \(name)", file: "elementwise.cl", prelude: optimizer.prelude, kernel: kernel,
      options: optimizer.kernelOptions,
      product: LayerProduct(weight: layer.id, pass: .weightGradient),
      arguments: [.long(inputs * ldw)] + operands, geometry: LaunchGeometry(inputs * ldw, local: 64),
      shape: "\(inputs)x\(ldw)", flops: flops, bytes: inputs * ldw * bytesPerWeight)
  }
}

/// A layer's weight as its kernels see it.
package struct LayerWeight: Sendable, Equatable {
  package let id: ParameterID
  /// The layer's name for people.
  package let label: String
  package let inputs: Int
  package let outputs: Int

  package init(_ id: ParameterID, label: String, inputs: Int, outputs: Int) {
    (self.id, self.label, self.inputs, self.outputs) = (id, label, inputs, outputs)
  }

  /// The weight of a network or a graph.
  package init(_ id: ParameterID, _ parameter: Parameter) {
    self.init(id, label: parameter.label, inputs: parameter.rows, outputs: parameter.columns)
  }

  /// A part of it, as an argument.
  func buffer(_ part: ParameterPart) -> Launch.Argument { .buffer(.parameter(id, part)) }
}
