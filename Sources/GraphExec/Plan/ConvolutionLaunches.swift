import Device

/// The launches of a convolution whose weight holds every entry: the one place that knows their arguments and geometry.
///
/// Weight and tables are the parameter's buffers; activations are named by the caller.
package struct ConvolutionLaunches {
  private let layer: LayerWeight
  private let convolution: Conv2D
  private let input: TensorLayout
  private let output: Shape
  private let stride: Int
  private let config: KernelConfig
  private var depth: Int { layer.inputs }
  private var ldw: Int { leadingDimension(layer.outputs) }
  private var weight: Launch.Argument { layer.buffer(.value) }

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

  private func table(_ table: ConvolutionTable) -> BufferID { .table(layer.id, table) }

  /// Where the first tap of the filter at the output's pixel (y, x) reads.
  private var reading: PixelView {
    let view = input.view
    return PixelView(
      first: view.first - convolution.padding * (view.line + view.step), plane: view.plane,
      line: view.line * convolution.stride, step: view.step * convolution.stride)
  }

  // MARK: tables

  /// Where `offsets` are.
  package var offsetsID: BufferID { table(.offsets) }

  /// How far each tap's row lies after that of the first, in floats.
  package var offsets: [UInt32] {
    let view = input.view
    let taps = 0..<convolution.kernel
    return (0..<input.shape.channels).flatMap { c in
      taps.flatMap { ky in
        taps.map { kx in UInt32((c * view.plane + ky * view.line + kx * view.step) * stride) }
      }
    }
  }

  /// What the input gradient reads for each phase of a pixel: where each phase starts among the reads; and of each read, how
  /// far the row of dY lies, in floats, and the weight's place. Nothing where kernels find these by themselves.
  package func reads(of dY: TensorLayout) -> [(id: BufferID, values: [UInt32])] {
    guard config.blocksConvolutions else { return [] }
    let (view, kernel, step) = (dY.view, convolution.kernel, convolution.stride)
    let last = (kernel - 1) / step
    var (phases, reads): ([UInt32], [UInt32]) = ([], [])
    for fy in 0..<step {
      for fx in 0..<step {
        phases.append(UInt32(reads.count / 2))
        for ky in Swift.stride(from: fy, to: kernel, by: step) {
          for kx in Swift.stride(from: fx, to: kernel, by: step) {
            for o in 0..<layer.outputs {
              let row = o * view.plane + (last - ky / step) * view.line + (last - kx / step) * view.step
              reads += [UInt32(row * stride), UInt32((ky * kernel + kx) * ldw + o)]
            }
          }
        }
      }
    }
    return [(table(.phases), phases), (table(.reads), reads)]
  }

  // MARK: products

  /// - Parameters:
  ///   - bias: added to the sums; not together with `norm`.
  ///   - norm: a factor and an offset of each channel.
  ///   - other: what is added then, where there is something; a ReLU comes last.
  package func forward(
    _ x: BufferID, to y: TensorOperand, bias: BufferID? = nil, norm: ChannelResults? = nil,
    adding other: TensorOperand? = nil, relu: Bool
  ) -> Launch {
    let (lines, images) = config.convolutionBlock(lines: output.height, stride: stride)
    let block: [Launch.Argument] = config.blocksConvolutions ? [.int(lines), .int(images)] : []
    let steps =
      (norm == nil ? 0 : Epilogue.scale) | (bias == nil ? 0 : Epilogue.shift)
      | (other == nil ? 0 : Epilogue.add) | (relu ? Epilogue.relu : 0)
    // What the epilogue does not do, it does not read; any buffer stands in.
    let factor = norm.map { .buffer($0.factor) } ?? weight
    let offset = (norm?.offset ?? bias).map { .buffer($0) } ?? weight
    return product(
      .forward, "conv_forward",
      [.int(depth), .int(layer.outputs), .int(ldw), .int(stride), .int2(output.height, output.width)] + block
        + [weight, .buffer(table(.offsets)), .buffer(x), .view(reading)] + y.arguments
        + [.int(steps), factor, offset] + (other ?? y).arguments,
      config.convolution(
        rows: layer.outputs, columns: output.pixels * stride, lines: output.height, stride: stride, planes: 1)
    )
  }

  /// - Parameter gate: the activation whose ReLU the gradient passes; nil for no ReLU.
  package func inputGradient(_ dY: TensorOperand, to dX: TensorOperand, gate: TensorOperand?) -> Launch {
    let (shape, step) = (input.shape, convolution.stride)
    let (lines, images) = config.convolutionBlock(lines: shape.height, stride: stride)
    let isBlocked = config.blocksConvolutions
    let block: [Launch.Argument] = isBlocked ? [.int(lines), .int(images)] : []
    let tables: [Launch.Argument] = isBlocked ? [.buffer(table(.phases)), .buffer(table(.reads))] : []
    let phase = ((shape.height + step - 1) / step) * ((shape.width + step - 1) / step)
    return product(
      .inputGradient, "conv_input_gradient",
      [.int(shape.channels), .int(layer.outputs), .int(ldw), .int(stride), .int2(shape.height, shape.width)]
        + block + [.int2(convolution.kernel, convolution.kernel), .int(step), .int(convolution.padding)]
        + [.int2(output.height, output.width), weight] + tables
        + dY.arguments + dX.arguments + [.int(gate == nil ? 0 : Epilogue.gate)] + dX.arguments
        + (gate ?? dX).arguments,
      config.convolution(
        rows: shape.channels, columns: phase * stride, lines: shape.height, stride: stride,
        planes: step * step))
  }

  /// The parts of the weight gradient, and their sum.
  package func weightGradient(_ x: BufferID, _ dY: TensorOperand, to gradient: BufferID)
    -> (launches: [Launch], partBytes: Int)
  {
    let blocks = config.convolutionGradient(depth: depth, ldw: ldw, output: output, stride: stride)
    let block: [Launch.Argument] =
      config.blocksConvolutions
      ? [.int(blocks.lines), .int(blocks.images), .int(blocks.rows)] : [.int(blocks.lines)]
    let parts = product(
      .weightGradient, "conv_weight_gradient",
      [.int(depth), .int(layer.outputs), .int(ldw), .int(stride), .int2(output.height, output.width)] + block
        + [.buffer(table(.offsets)), .buffer(x), .view(reading)] + dY.arguments + [.buffer(.partialSums)],
      blocks.geometry)
    let sum = Launch(
      label: "\(layer.label) weight gradient", file: config.convolutionFile,
      kernel: "conv_weight_gradient_sum", options: config.convolutionOptions,
      product: LayerProduct(weight: layer.id, pass: .weightGradient),
      arguments: [
        .int(layer.outputs), .int(ldw), .int(blocks.count), .buffer(.partialSums), .buffer(gradient),
      ],
      geometry: config.convolutionSum(depth: depth, ldw: ldw), shape: "\(depth)x\(layer.outputs)",
      flops: blocks.count * depth * ldw, bytes: (blocks.count + 1) * depth * ldw * 4)
    return ([parts, sum], blocks.count * depth * ldw * 4)
  }

  private func product(
    _ pass: MatmulPass, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry
  ) -> Launch {
    Launch(
      label: "\(layer.label) \(pass.words)", file: config.convolutionFile, kernel: kernel,
      options: config.convolutionOptions, product: LayerProduct(weight: layer.id, pass: pass),
      arguments: arguments, geometry: geometry, tile: config.convolutionTile,
      shape: "\(depth)x\(layer.outputs)x\(output.pixels)x\(stride)",
      flops: 2 * depth * layer.outputs * output.pixels * stride,
      bytes: (depth * ldw + (input.shape.count + output.count) * stride) * 4)
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
