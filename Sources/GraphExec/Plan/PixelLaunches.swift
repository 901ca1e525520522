import Device

/// The launches over a tensor's pixels one by one: the one place that knows their arguments and geometry.
package struct PixelLaunches {
  private let small: SmallKernels
  private let stride: Int

  /// - Parameter stride: floats from one pixel's row of activations to the next.
  package init(stride: Int, config: KernelConfig) {
    small = SmallKernels(config)
    self.stride = stride
  }

  /// The same values in another layout, of as many.
  package func copy(_ x: BufferID, _ from: TensorLayout, to y: BufferID, _ to: TensorLayout) -> Launch {
    let count = from.shape.count
    return Launch(
      label: "copy", file: "pixels.cl", kernel: "copy_pixels", options: defines(small.rowMacros),
      arguments: [.int(count), .int(stride)]
        + [(from, x), (to, y)].flatMap { layout, buffer -> [Launch.Argument] in
          [.int(layout.shape.height), .int(layout.shape.width), .view(layout.view), .buffer(buffer)]
        },
      geometry: small.rows(count, stride: stride), shape: "\(count)x\(stride)", flops: 0,
      bytes: 2 * count * stride * 4)
  }

  /// A dropout of x with the mask of a tensor, or its gradient.
  package func dropout(
    _ x: BufferID, _ layout: TensorLayout, rate: Double, mask: TensorID, seed: UInt64, to y: BufferID
  ) -> Launch {
    let shape = layout.shape
    return Launch(
      label: "dropout", file: "dropout.cl", kernel: "dropout", options: defines(small.rowMacros),
      arguments: [
        .int(shape.count), .int(stride), .int(shape.height), .int(shape.width), .view(layout.view),
        .buffer(.state),
      ] + StepBits.arguments(of: mask, seed: seed)
        + [
          .bits(DropoutMask.threshold(rate)), .float(DropoutMask.factor(rate)), .buffer(x), .buffer(y),
        ],
      geometry: small.rows(shape.count, stride: stride), shape: "\(shape)x\(stride)",
      flops: shape.count * stride, bytes: 8 * shape.count * stride)
  }
}
