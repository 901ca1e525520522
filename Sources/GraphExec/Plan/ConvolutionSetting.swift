import Device

/// What the launches of a convolution share, whatever its weight holds: the sizes, where filters read, and the arguments
/// of a store.
package struct ConvolutionSetting {
  let layer: LayerWeight
  let convolution: Conv2D
  let input: TensorLayout
  let output: Shape
  let stride: Int
  let config: KernelConfig

  /// - Parameters:
  ///   - input: where the pixels are that the filters read.
  ///   - stride: floats from one pixel's row of activations to the next.
  package init(
    _ layer: LayerWeight, _ convolution: Conv2D, input: TensorLayout, output: Shape, stride: Int,
    config: KernelConfig
  ) {
    self.layer = layer
    self.convolution = convolution
    self.input = input
    self.output = output
    self.stride = stride
    self.config = config
  }

  /// A table of the convolution's own.
  func table(_ table: ConvolutionTable) -> BufferID { .table(layer.id, table) }

  /// Lines and images of a work-group over images of so many lines, where work-groups are told.
  func block(lines: Int) -> [Launch.Argument] {
    guard config.blocksConvolutions else { return [] }
    let (lines, images) = config.convolutionBlock(lines: lines, stride: stride)
    return [.int(lines), .int(images)]
  }

  // MARK: where filters read

  /// Where the first tap of the filter at the output's pixel (y, x) reads.
  var reading: PixelView {
    let view = input.view
    return PixelView(
      first: view.first - convolution.padding * (view.line + view.step), plane: view.plane,
      line: view.line * convolution.stride, step: view.step * convolution.stride)
  }

  /// For each row of the weight, how many rows after that of the first tap its own reads.
  var tapRows: [Int] {
    let view = input.view
    let taps = 0..<convolution.kernel
    return (0..<input.shape.channels).flatMap { c in
      taps.flatMap { ky in taps.map { kx in c * view.plane + ky * view.line + kx * view.step } }
    }
  }

  /// The taps of each phase: a convolution that steps over pixels has a set of pixels for each way of its taps to read them.
  var phases: [[(y: Int, x: Int)]] {
    let (kernel, step) = (convolution.kernel, convolution.stride)
    func taps(_ phase: Int) -> StrideTo<Int> { Swift.stride(from: phase, to: kernel, by: step) }
    return (0..<step).flatMap { fy in
      (0..<step).map { fx in taps(fy).flatMap { y in taps(fx).map { x in (y, x) } } }
    }
  }

  /// The row of dY that a tap of an output belongs to, after that of the last tap in step with it.
  func readerRow(_ output: Int, _ tap: (y: Int, x: Int), of dY: PixelView) -> Int {
    let step = convolution.stride
    let last = (convolution.kernel - 1) / step
    return output * dY.plane + (last - tap.y / step) * dY.line + (last - tap.x / step) * dY.step
  }

  /// Pixels of the input that the same taps read, at most: those of the first phase.
  var phasePixels: Int {
    let step = convolution.stride
    return ((input.shape.height + step - 1) / step) * ((input.shape.width + step - 1) / step)
  }

  // MARK: stores

  /// - Parameters:
  ///   - bias: added to the sums; not together with `norm`.
  ///   - norm: a factor and an offset of each channel.
  ///   - other: what is added then, where there is something; a ReLU comes last.
  func store(
    _ y: TensorOperand, bias: BufferID?, norm: ChannelResults?, adding other: TensorOperand?, relu: Bool
  ) -> [Launch.Argument] {
    let steps =
      (norm == nil ? 0 : Epilogue.scale) | (bias == nil ? 0 : Epilogue.shift)
      | (other == nil ? 0 : Epilogue.add) | (relu ? Epilogue.relu : 0)
    // What the epilogue does not do, it does not read; any buffer stands in.
    let factor = norm.map { .buffer($0.factor) } ?? layer.buffer(.value)
    let offset = (norm?.offset ?? bias).map { .buffer($0) } ?? layer.buffer(.value)
    return y.arguments + [.int(steps), factor, offset] + (other ?? y).arguments
  }

  /// - Parameters:
  ///   - other: what is added, where there is something.
  ///   - gate: the activation whose ReLU the gradient passes then; nil for no ReLU.
  func store(_ dX: TensorOperand, adding other: TensorOperand?, gate: TensorOperand?) -> [Launch.Argument] {
    let steps = (other == nil ? 0 : Epilogue.add) | (gate == nil ? 0 : Epilogue.gate)
    return dX.arguments + [.int(steps)] + (other ?? dX).arguments + (gate ?? dX).arguments
  }

  /// What is done to a sum before it is stored: the numbers of `conv_common.cl`.
  private enum Epilogue {
    static let scale = 1
    static let shift = 2
    static let add = 4
    static let relu = 8
    static let gate = 16
  }
}
