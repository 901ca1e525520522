import Device

/// The launches of a convolution whose weight holds every entry: the one place that knows their arguments and geometry.
///
/// Weight and tables are the parameter's buffers; activations are named by the caller.
package struct ConvolutionLaunches {
  private let setting: ConvolutionSetting
  private var layer: LayerWeight { setting.layer }
  private var config: KernelConfig { setting.config }
  private var output: Shape { setting.output }
  private var stride: Int { setting.stride }
  private var depth: Int { layer.inputs }
  private var ldw: Int { leadingDimension(layer.outputs) }

  package init(_ setting: ConvolutionSetting) { self.setting = setting }

  // MARK: tables

  /// Where `offsets` are.
  package var offsetsID: BufferID { setting.table(.offsets) }

  /// How far each tap's row lies after that of the first, in floats.
  package var offsets: [UInt32] { setting.tapRows.map { UInt32($0 * stride) } }

  /// What the input gradient reads for each phase of a pixel: where each phase starts among the reads; and of each read, how
  /// far the row of dY lies, in floats, and the weight's place. Nothing where kernels find these by themselves.
  package func reads(of dY: TensorLayout) -> [(id: BufferID, values: [UInt32])] {
    guard config.blocksConvolutions else { return [] }
    let kernel = setting.convolution.kernel
    var (phases, reads): ([UInt32], [UInt32]) = ([], [])
    for taps in setting.phases {
      phases.append(UInt32(reads.count / 2))
      for tap in taps {
        for o in 0..<layer.outputs {
          let row = setting.readerRow(o, tap, of: dY.view)
          reads += [UInt32(row * stride), UInt32((tap.y * kernel + tap.x) * ldw + o)]
        }
      }
    }
    return [(setting.table(.phases), phases), (setting.table(.reads), reads)]
  }

  // MARK: products

  /// `ConvolutionSetting.store` says what can be done to the sums.
  package func forward(
    _ x: BufferID, to y: TensorOperand, bias: BufferID? = nil, norm: ChannelResults? = nil,
    adding other: TensorOperand? = nil, relu: Bool
  ) -> Launch {
    product(
      .forward, "conv_forward",
      [.int(depth), .int(layer.outputs), .int(ldw), .int(stride), .int2(output.height, output.width)]
        + setting.block(lines: output.height)
        + [layer.buffer(.value), .buffer(offsetsID), .buffer(x), .view(setting.reading)]
        + setting.store(y, bias: bias, norm: norm, adding: other, relu: relu),
      config.convolution(
        rows: layer.outputs, columns: output.pixels * stride, lines: output.height, stride: stride, planes: 1)
    )
  }

  /// - Parameters:
  ///   - other: the gradient of another reader, which is added; nil for none.
  ///   - gate: the activation whose ReLU the gradient passes then; nil for no ReLU.
  package func inputGradient(
    _ dY: TensorOperand, to dX: TensorOperand, adding other: TensorOperand? = nil, gate: TensorOperand?
  ) -> Launch {
    let (shape, convolution) = (setting.input.shape, setting.convolution)
    let tables: [Launch.Argument] =
      config.blocksConvolutions ? [.buffer(setting.table(.phases)), .buffer(setting.table(.reads))] : []
    return product(
      .inputGradient, "conv_input_gradient",
      [.int(shape.channels), .int(layer.outputs), .int(ldw), .int(stride), .int2(shape.height, shape.width)]
        + setting.block(lines: shape.height)
        + [
          .int2(convolution.kernel, convolution.kernel), .int(convolution.stride), .int(convolution.padding),
        ]
        + [.int2(output.height, output.width), layer.buffer(.value)] + tables
        + dY.arguments + setting.store(dX, adding: other, gate: gate),
      config.convolution(
        rows: shape.channels, columns: setting.phasePixels * stride, lines: shape.height, stride: stride,
        planes: convolution.stride * convolution.stride))
  }

  /// The parts of the weight gradient, and their sum.
  package func weightGradient(_ x: BufferID, _ dY: TensorOperand, to gradient: BufferID)
    -> (launches: [Launch], partBytes: Int)
  {
    let blocks = config.convolutionGradient(depth: depth, ldw: ldw, output: output, stride: stride)
    let parts = product(
      .weightGradient, "conv_weight_gradient",
      [.int(depth), .int(layer.outputs), .int(ldw), .int(stride), .int2(output.height, output.width)]
        + blocks.block
        + [.buffer(offsetsID), .buffer(x), .view(setting.reading)] + dY.arguments + [.buffer(.partialSums)],
      blocks.launch)
    let sum = Launch(
      label: "\(layer.label) weight gradient", file: config.convolutionFile,
      kernel: "conv_weight_gradient_sum", options: blocks.launch.options,
      product: LayerProduct(weight: layer.id, pass: .weightGradient),
      arguments: [
        .int(layer.outputs), .int(ldw), .int(blocks.count), .buffer(.partialSums), .buffer(gradient),
      ],
      geometry: config.convolutionSum(depth: depth, ldw: ldw), shape: "\(depth)x\(layer.outputs)",
      flops: blocks.count * depth * ldw, bytes: (blocks.count + 1) * depth * ldw * 4)
    return ([parts, sum], blocks.count * depth * ldw * 4)
  }

  private func product(
    _ pass: MatmulPass, _ kernel: String, _ arguments: [Launch.Argument], _ launch: ProductLaunch
  ) -> Launch {
    Launch(
      label: "\(layer.label) \(pass.words)", file: config.convolutionFile, kernel: kernel,
      options: launch.options, product: LayerProduct(weight: layer.id, pass: pass),
      arguments: arguments, geometry: launch.geometry, tile: launch.tile,
      shape: "\(depth)x\(layer.outputs)x\(output.pixels)x\(stride)",
      flops: 2 * depth * layer.outputs * output.pixels * stride,
      bytes: (depth * ldw + (setting.input.shape.count + output.count) * stride) * 4)
  }
}
