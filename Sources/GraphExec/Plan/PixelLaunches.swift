import Device

/// The launches that move pixels about: the one place that knows their arguments and geometry.
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
}
