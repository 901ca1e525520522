import Device

/// The launches of poolings: the one place that knows their arguments and geometry.
package struct PoolLaunches {
  private let small: SmallKernels
  private let stride: Int
  private let input: TensorLayout
  private let output: TensorLayout
  /// Height, width, step and padding of the windows.
  private let extents: (height: Int, width: Int, step: Int, padding: Int)

  /// The windows of a pooling.
  ///
  /// - Parameter stride: floats from one pixel's row of activations to the next.
  package init(
    _ window: PoolWindow, from input: TensorLayout, to output: TensorLayout, stride: Int, config: KernelConfig
  ) {
    self.init(
      (window.kernel, window.kernel, window.stride, window.padding), input, output, stride, config)
  }

  /// One window over all of a channel's pixels.
  package init(globalFrom input: TensorLayout, to output: TensorLayout, stride: Int, config: KernelConfig) {
    let (height, width) = (input.shape.height, input.shape.width)
    self.init((height, width, max(height, width), 0), input, output, stride, config)
  }

  private init(
    _ extents: (height: Int, width: Int, step: Int, padding: Int), _ input: TensorLayout,
    _ output: TensorLayout, _ stride: Int, _ config: KernelConfig
  ) {
    small = SmallKernels(config)
    (self.input, self.output, self.stride, self.extents) = (input, output, stride, extents)
  }

  /// The largest pixel of each window.
  package func maximum(_ x: BufferID, to y: BufferID) -> Launch {
    launch("max pool", "max_pool", over: output, [], [(x, input), (y, output)])
  }

  /// The mean of each window.
  package func average(_ x: BufferID, to y: BufferID) -> Launch {
    launch("average pool", "average_pool", over: output, [], [(x, input), (y, output)])
  }

  /// The forward pass, for kernels that take blocks of images through the whole network.
  package func block(isMaximum: Bool, _ x: BufferID, to y: BufferID) -> BlockStep {
    .pool(
      BlockPool(
        isMaximum: isMaximum, x: TensorOperand(x, input), y: TensorOperand(y, output),
        window: [extents.height, extents.width, extents.step, extents.padding]))
  }

  /// The gradient of a pooling of maxima.
  ///
  /// - Parameter gated: whether it passes the ReLU that x came of.
  package func maximumGradient(_ x: BufferID, _ dY: BufferID, gated: Bool, to dX: BufferID) -> Launch {
    let overlapping = extents.step < max(extents.height, extents.width)
    return launch(
      "max pool gradient", "max_pool_gradient" + (overlapping ? "_overlapping" : ""),
      over: overlapping ? input : output, [.int(gated ? 1 : 0)], [(x, input), (dY, output), (dX, input)])
  }

  /// The gradient of a pooling of means.
  package func averageGradient(_ dY: BufferID, to dX: BufferID) -> Launch {
    launch("average pool gradient", "average_pool_gradient", over: input, [], [(dY, output), (dX, input)])
  }

  private func launch(
    _ label: String, _ kernel: String, over rows: TensorLayout, _ flags: [Launch.Argument],
    _ tensors: [(buffer: BufferID, layout: TensorLayout)]
  ) -> Launch {
    let (x, y) = (input.shape, output.shape)
    return Launch(
      label: label, file: "pool.cl", kernel: kernel, options: defines(small.rowMacros),
      arguments: [
        .int(x.channels), .int(stride),
        .int2(x.height, x.width), .int2(y.height, y.width),
        .int4(extents.height, extents.width, extents.step, extents.padding),
      ] + flags + tensors.flatMap { [.buffer($0.buffer), .view($0.layout.view)] },
      geometry: small.rows(rows.shape.count, stride: stride), shape: "\(x)x\(stride)",
      flops: x.count * stride, bytes: tensors.reduce(0) { $0 + 4 * stride * $1.layout.shape.count })
  }
}
