import Device

/// The launches of sums over a tensor's channels, and of batch norm: the one place that knows their arguments and geometry.
package struct ChannelLaunches {
  private let small: SmallKernels
  private let layout: TensorLayout
  private let stride: Int
  private let label: String
  private var shape: Shape { layout.shape }

  /// - Parameters:
  ///   - layout: that of the tensor whose channels they are.
  ///   - stride: floats from one pixel's row of activations to the next.
  package init(_ layout: TensorLayout, label: String, stride: Int, config: KernelConfig) {
    small = SmallKernels(config)
    self.layout = layout
    self.label = label
    self.stride = stride
  }

  /// Lines of an image that a group takes: so many as stay in a first-level cache between two passes.
  private var lines: Int { min(shape.height, max(1, 8192 / (shape.width * stride))) }
  private var blocks: Int { (shape.height + lines - 1) / lines }
  /// Bytes of what a pass over blocks leaves: two floats for each channel and block.
  package var partBytes: Int { 8 * shape.channels * blocks }

  /// The sum of each channel.
  package func sums(_ dY: BufferID, to sums: BufferID) -> Launch {
    launch(
      "bias gradient", "channel_sums", extents() + [.buffer(dY), .view(layout.view), .buffer(sums)],
      small.channels(shape.channels, blocks: 1, width: shape.width, stride: stride), tensors: 1)
  }

  // MARK: batch norm

  /// Mean and squares of each block.
  package func moments(_ x: BufferID, to parts: BufferID) -> Launch {
    overBlocks(
      "moments", "batch_norm_moments",
      [.buffer(.state), .buffer(x), .view(layout.view), .buffer(parts)], tensors: 1, flops: 4)
  }

  /// The batch's statistics of the moments, and the running ones moved on.
  ///
  /// - Parameter parameters: scale, shift, running mean and running variance.
  package func statistics(
    _ operation: BatchNorm, _ parts: BufferID, _ parameters: [BufferID], to results: ChannelResults
  ) -> Launch {
    let extents: [Launch.Argument] = [.int(shape.height), .int(shape.width), .int(lines)]
    let operands = [parts] + parameters + results.all
    return overChannels(
      "statistics", "batch_norm_statistics",
      [.int(blocks)] + extents
        + [.buffer(.state), .float(Float(operation.epsilon)), .float(Float(operation.momentum))]
        + operands.map { .buffer($0) })
  }

  /// Factor and offset of the running statistics.
  ///
  /// - Parameter parameters: scale, shift, running mean and running variance.
  package func fold(epsilon: Double, _ parameters: [BufferID], to results: ChannelResults) -> Launch {
    let operands = parameters + [results.factor, results.offset]
    return overChannels(
      "fold", "batch_norm_fold", [.float(Float(epsilon))] + operands.map { .buffer($0) })
  }

  /// `y = act(factor x + offset [+ other])`.
  package func apply(
    _ results: ChannelResults, _ x: BufferID, adding other: TensorOperand?, relu: Bool, to y: TensorOperand
  ) -> Launch {
    // Without another tensor the kernel does not read one; any buffer stands in.
    let addend = other ?? TensorOperand(x, layout)
    return overBlocks(
      "normalize", "batch_norm_apply",
      [.int((other == nil ? 0 : 1) + (relu ? 2 : 0)), .buffer(results.factor), .buffer(results.offset)]
        + TensorOperand(x, layout).arguments + addend.arguments + y.arguments,
      tensors: other == nil ? 2 : 3, flops: 2)
  }

  /// The two sums of each block that the gradients are made of.
  ///
  /// - Parameter gated: whether dY still has to pass the ReLU that came behind.
  package func gradientSums(
    _ results: ChannelResults, _ x: BufferID, _ dY: TensorOperand, gated: Bool, to parts: BufferID
  ) -> Launch {
    overBlocks(
      "gradient sums", "batch_norm_gradient_sums",
      [.int(gated ? 1 : 0), .buffer(.state)]
        + [results.mean, results.factor, results.offset].map { .buffer($0) }
        + TensorOperand(x, layout).arguments + dY.arguments + [.buffer(parts)], tensors: 2, flops: 5)
  }

  /// The gradients of scale and shift.
  package func gradients(
    _ results: ChannelResults, _ parts: BufferID, to dScale: BufferID, _ dShift: BufferID
  ) -> Launch {
    overChannels(
      "scale gradient", "batch_norm_gradients",
      [.int(blocks)] + [parts, results.inverseDeviation, dScale, dShift].map { .buffer($0) })
  }

  /// The gradient of x.
  package func inputGradient(
    _ results: ChannelResults, _ dScale: BufferID, _ dShift: BufferID, _ x: BufferID, _ dY: TensorOperand,
    gated: Bool, to dX: TensorOperand
  ) -> Launch {
    overBlocks(
      "input gradient", "batch_norm_input_gradient",
      [.int(gated ? 1 : 0), .buffer(.state)] + (results.all + [dScale, dShift]).map { .buffer($0) }
        + TensorOperand(x, layout).arguments + dY.arguments + dX.arguments, tensors: 3, flops: 7)
  }

  // MARK: geometry

  private func extents(lines: Int? = nil) -> [Launch.Argument] {
    [.int(shape.height), .int(shape.width)] + (lines.map { [.int($0)] } ?? []) + [.int(stride)]
  }

  private func overBlocks(
    _ name: String, _ kernel: String, _ operands: [Launch.Argument], tensors: Int, flops: Int
  ) -> Launch {
    launch(
      name, kernel, extents(lines: lines) + operands,
      small.channels(shape.channels, blocks: blocks, width: shape.width, stride: stride), tensors: tensors,
      flops: flops)
  }

  private func overChannels(_ name: String, _ kernel: String, _ operands: [Launch.Argument]) -> Launch {
    launch(
      name, kernel, [.int(shape.channels)] + operands, small.overChannels(shape.channels), tensors: 0)
  }

  private func launch(
    _ name: String, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry,
    tensors: Int, flops: Int = 1
  ) -> Launch {
    let count = shape.count * stride
    return Launch(
      label: "\(label) \(name)", file: "channels.cl", kernel: kernel,
      options: defines(small.channelMacros(width: shape.width, stride: stride)), arguments: arguments,
      geometry: geometry,
      shape: "\(shape)x\(stride)", flops: tensors == 0 ? shape.channels : flops * count,
      bytes: tensors == 0 ? 4 * shape.channels : 4 * tensors * count)
  }
}

/// What batch norm computes of each channel in a step, for its backward pass.
package struct ChannelResults: Sendable {
  let mean: BufferID
  let inverseDeviation: BufferID
  /// What x is multiplied by.
  let factor: BufferID
  /// What is added then.
  private(set) var offset: BufferID

  /// Those of the batch norm that writes a tensor.
  package init(of tensor: TensorID) {
    mean = .channels(tensor, .mean)
    inverseDeviation = .channels(tensor, .inverseDeviation)
    factor = .channels(tensor, .factor)
    offset = .channels(tensor, .offset)
  }

  var all: [BufferID] { [mean, inverseDeviation, factor, offset] }

  /// The same factors, with nothing that is added.
  func scaling(_ tensor: TensorID) -> ChannelResults {
    var results = self
    results.offset = .channels(tensor, .zero)
    return results
  }
}
