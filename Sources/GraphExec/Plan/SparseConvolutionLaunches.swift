import Device
import Foundation

/// The launches of a convolution in CSR, over its surviving entries only: the one place that knows their arguments and
/// geometry.
///
/// Values, slots, structure and tables are the parameter's buffers; activations are named by the caller.
package struct SparseConvolutionLaunches {
  private let setting: ConvolutionSetting
  private let pattern: SparsePattern
  private let optimizer: any Optimizer
  private var layer: LayerWeight { setting.layer }
  private var config: KernelConfig { setting.config }
  private var output: Shape { setting.output }
  private var stride: Int { setting.stride }

  /// - Parameter optimizer: what updates the weight, as in `DenseLaunches`.
  package init(_ setting: ConvolutionSetting, pattern: SparsePattern, optimizer: any Optimizer = Adam()) {
    self.setting = setting
    self.pattern = pattern
    self.optimizer = optimizer
  }

  // MARK: tables

  /// Where `offsets` are.
  package var offsetsID: BufferID { setting.table(.entryOffsets) }

  /// Of each entry by columns, how many rows of X after that of its pixel it reads.
  package var offsets: [UInt32] {
    let rows = setting.tapRows
    return SparseStructure(pattern).indices.map { UInt32(rows[Int($0)]) }
  }

  /// What the input gradient reads: where the entries of each channel's taps start, phase after phase; and of each entry, how
  /// many rows of dY after that of its pixel it reads, and the value's place.
  package func reads(of dY: TensorLayout) -> [(id: BufferID, values: [UInt32])] {
    let structure = SparseStructure(pattern)
    let (kernel, taps, view) = (setting.convolution.kernel, setting.phases.joined(), dY.view)
    var (starts, reads): ([UInt32], [UInt32]) = ([], [])
    for channel in 0..<setting.input.shape.channels {
      for tap in taps {
        starts.append(UInt32(reads.count / 2))
        let row = (channel * kernel + tap.y) * kernel + tap.x
        for entry in Int(structure.rowIndptr[row])..<Int(structure.rowIndptr[row + 1]) {
          let (column, place) = (structure.rowEntries[2 * entry], structure.rowEntries[2 * entry + 1])
          reads += [UInt32(setting.readerRow(Int(column), tap, of: view)), UInt32(place)]
        }
      }
    }
    starts.append(UInt32(reads.count / 2))
    return [(setting.table(.phases), starts), (setting.table(.reads), reads)]
  }

  // MARK: products

  /// `ConvolutionSetting.store` says what can be done to the sums.
  package func forward(
    _ x: BufferID, to y: TensorOperand, bias: BufferID? = nil, norm: ChannelResults? = nil,
    adding other: TensorOperand? = nil, relu: Bool
  ) -> Launch {
    product(
      .forward, "sparse_conv_forward",
      [.int(layer.outputs), .int(stride), .int2(output.height, output.width)]
        + setting.block(lines: output.height)
        + [layer.buffer(.columnStarts), .buffer(offsetsID), layer.buffer(.value)]
        + [.buffer(x), .view(setting.reading)]
        + setting.store(y, bias: bias, norm: norm, adding: other, relu: relu),
      config.sparseConvolution(
        rows: layer.outputs, columns: output.pixels * stride, lines: output.height, stride: stride, planes: 1),
      bytesPerEntry: 8)
  }

  /// - Parameters:
  ///   - other: the gradient of another reader, which is added; nil for none.
  ///   - gate: the activation whose ReLU the gradient passes then; nil for no ReLU.
  package func inputGradient(
    _ dY: TensorOperand, to dX: TensorOperand, adding other: TensorOperand? = nil, gate: TensorOperand?
  ) -> Launch {
    let (shape, convolution) = (setting.input.shape, setting.convolution)
    return product(
      .inputGradient, "sparse_conv_input_gradient",
      [.int(shape.channels), .int(stride), .int2(shape.height, shape.width)]
        + setting.block(lines: shape.height)
        + [.int(convolution.kernel), .int(convolution.stride), .int(convolution.padding)]
        + [.int2(output.height, output.width), .buffer(setting.table(.phases))]
        + [.buffer(setting.table(.reads)), layer.buffer(.value)] + dY.arguments
        + setting.store(dX, adding: other, gate: gate),
      config.sparseConvolution(
        rows: shape.channels, columns: setting.phasePixels * stride, lines: shape.height, stride: stride,
        planes: convolution.stride * convolution.stride), bytesPerEntry: 12)
  }

  /// The parts of the weight gradient, and the update by their sum.
  package func update(_ x: BufferID, _ dY: TensorOperand) -> (launches: [Launch], partBytes: Int) {
    let blocks = config.sparseConvolutionGradient(outputs: layer.outputs, output: output, stride: stride)
    let parts = product(
      .weightGradient, "sparse_conv_weight_gradient",
      [.int(layer.outputs), .int(stride), .int2(output.height, output.width)] + blocks.block
        + [layer.buffer(.columnStarts), .buffer(offsetsID), .buffer(x), .view(setting.reading)]
        + dY.arguments + [.buffer(.partialSums)],
      blocks.geometry, bytesPerEntry: 4 + 4 * blocks.count)
    let update = Launch(
      label: "\(layer.label) update", file: "elementwise.cl", prelude: optimizer.prelude,
      kernel: "parts_update", options: optimizer.kernelOptions,
      product: LayerProduct(weight: layer.id, pass: .weightGradient),
      arguments: [.long(pattern.count), .int(blocks.count), .buffer(.partialSums)]
        + optimizer.updateArguments(of: layer) + [.buffer(.state)],
      geometry: LaunchGeometry(pattern.count, local: 64), shape: "\(pattern.count)",
      flops: (blocks.count + optimizer.updateFlops) * pattern.count,
      bytes: (4 * blocks.count + optimizer.updateBytes) * pattern.count)
    return ([parts, update], max(blocks.count * pattern.count, 1) * 4)
  }

  private func product(
    _ pass: MatmulPass, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry,
    bytesPerEntry: Int
  ) -> Launch {
    Launch(
      label: "\(layer.label) \(pass.words)", file: config.sparseConvolutionFile, kernel: kernel,
      options: config.sparseConvolutionOptions(stride: stride),
      product: LayerProduct(weight: layer.id, pass: pass), arguments: arguments, geometry: geometry,
      tile: "CSR, \(String(format: "%.1f", pattern.density * 100))% dense",
      shape: "\(pattern.rows)x\(pattern.columns)x\(output.pixels)x\(stride)",
      flops: 2 * pattern.count * output.pixels * stride,
      bytes: bytesPerEntry * pattern.count + (setting.input.shape.count + output.count) * stride * 4)
  }
}
