import Device

/// Macros and geometry of the kernels other than matmuls: the same sources for both families.
///
/// On a CPU device a work-item is a work-group and takes a long stretch; on a GPU many work-items take short ones.
package struct SmallKernels {
  private let isCPU: Bool

  package init(_ config: KernelConfig) {
    if case .cpu = config.kernels { isCPU = true } else { isCPU = false }
  }

  // MARK: step.cl

  private var gatherTile: Int { isCPU ? 16 : 4 }
  package var gatherMacros: [(String, Int)] {
    [("GATHER_TILE", gatherTile), ("GATHER_AHEAD", isCPU ? 64 : 0)]
  }

  package func gather(features: Int, stride: Int) -> LaunchGeometry {
    let columns = stride / gatherTile
    let rows = (features + gatherTile - 1) / gatherTile
    return LaunchGeometry(columns, rows, local: isCPU ? (min(columns, 16), 1) : (16, 8))
  }

  // MARK: pixels.cl, pool.cl, dropout.cl

  private var rowVector: Int { isCPU ? 16 : 4 }
  package var rowMacros: [(String, Int)] { [("ROW_VECTOR", rowVector)] }

  /// Over rows of the batch's stride: a work-item takes a whole row, or a vector of one.
  package func rows(_ count: Int, stride: Int) -> LaunchGeometry {
    isCPU
      ? LaunchGeometry(1, count, local: (1, 1))
      : LaunchGeometry(stride / rowVector, count, local: (4, 16))
  }

  // MARK: channels.cl

  private static let mostChannelItems = 256

  /// Work-items for a pixel, as many as its row has vectors; and pixels of a line that are taken at a time.
  private func channelGroup(width: Int, stride: Int) -> (span: Int, pixels: Int) {
    guard !isCPU else { return (1, 1) }
    var (span, pixels) = (1, 1)
    while span < Self.mostChannelItems, span * rowVector < stride { span *= 2 }
    while 2 * pixels <= min(width, Self.mostChannelItems / span) { pixels *= 2 }
    return (span, pixels)
  }

  package func channelMacros(width: Int, stride: Int) -> [(String, Int)] {
    let (span, pixels) = channelGroup(width: width, stride: stride)
    return [("GROUP", span * pixels), ("PIXELS", pixels), ("ROW_VECTOR", rowVector)]
  }

  /// A work-item for each channel.
  package func overChannels(_ channels: Int) -> LaunchGeometry {
    LaunchGeometry(channels, local: isCPU ? 1 : 32)
  }

  /// A group for each block of each channel, of images so wide.
  package func channels(_ channels: Int, blocks: Int, width: Int, stride: Int) -> LaunchGeometry {
    let (span, pixels) = channelGroup(width: width, stride: stride)
    return LaunchGeometry(blocks * span * pixels, channels, local: (span * pixels, 1))
  }

  // MARK: loss.cl

  private var lossVector: Int { isCPU ? 16 : 2 }

  /// Enough work-items for the columns, and no more than reduce well.
  private func lossGroup(_ stride: Int) -> Int {
    var size = 1
    while size < (isCPU ? 64 : 128), size * lossVector < stride { size *= 2 }
    return size
  }

  package func lossMacros(stride: Int) -> [(String, Int)] {
    [("WG_LOSS", lossGroup(stride)), ("LOSS_VECTOR", lossVector)]
  }
  package func loss(stride: Int) -> LaunchGeometry {
    LaunchGeometry(lossGroup(stride), local: lossGroup(stride))
  }

  /// A group for each batch.
  package func losses(stride: Int, batches: Int) -> LaunchGeometry {
    LaunchGeometry(batches * lossGroup(stride), local: lossGroup(stride))
  }

  // MARK: keys.cl, mask.cl

  package static let selectionBytes = 16
  private var maskVector: Int { isCPU ? 16 : 4 }
  private static let selectBins = 2048
  private var selectGroup: Int { isCPU ? 1 : 256 }
  private var maxSelectChunks: Int { isCPU ? 16 : 64 }

  package func keyMacros(needsGradients: Bool) -> [(String, Int)] {
    [("MASK_VECTOR", maskVector)] + (needsGradients ? [("GRADIENTS", 1)] : [])
  }

  /// - Parameter slots: how many the optimizer has.
  package func maskMacros(slots: Int) -> [(String, Int)] {
    [("MASK_VECTOR", maskVector), ("WG_SELECT", selectGroup), ("SLOTS", slots)]
  }

  // MARK: topology.cl

  private var rowsAtOnce: Int { isCPU ? 64 : 1 }
  /// Keys that a kernel may read past the last one.
  static let keysAfterLast = 16

  /// - Parameter slots: how many the optimizer has.
  func topologyMacros(slots: Int) -> [(String, Int)] {
    [
      ("MASK_VECTOR", maskVector), ("WG_SELECT", selectGroup), ("ROWS_AT_ONCE", rowsAtOnce), ("SLOTS", slots),
    ]
  }

  /// A work-item for each of so many columns, blocks of rows, or stretches of entries.
  private func each(_ count: Int) -> LaunchGeometry { LaunchGeometry(max(count, 1), local: isCPU ? 1 : 64) }
  func topologyColumns(_ outputs: Int) -> LaunchGeometry { each(isCPU ? (outputs + 15) / 16 : outputs) }
  func topologySquares(inputs: Int, ldw: Int) -> LaunchGeometry {
    let rows = (inputs + maskVector - 1) / maskVector
    return isCPU
      ? LaunchGeometry(1, rows, local: (1, 1)) : LaunchGeometry(ldw / maskVector, rows, local: (32, 2))
  }
  func topologyRows(_ inputs: Int) -> LaunchGeometry { each((inputs + rowsAtOnce - 1) / rowsAtOnce) }
  func topologyEntries(_ count: Int) -> LaunchGeometry {
    each(isCPU ? min((count + 4095) / 4096, 64) : count)
  }

  /// The parts of so many keys: no more than have as many keys as a histogram has bins.
  func selectChunks(of keys: Int) -> Int {
    max(1, min((keys + Self.selectBins - 1) / Self.selectBins, maxSelectChunks))
  }
  var histogramBytes: Int { maxSelectChunks * Self.selectBins * 4 }
  /// A group for each part of so many keys.
  func selectAll(_ keys: Int) -> LaunchGeometry {
    LaunchGeometry(selectChunks(of: keys) * selectGroup, local: selectGroup)
  }
  package var selectOne: LaunchGeometry { LaunchGeometry(selectGroup, local: selectGroup) }

  /// Over the entries of a matrix, for `weight_keys` and `mask_apply`, or over groups of them, for `mask_groups`.
  package func entries(inputs: Int, ldw: Int) -> LaunchGeometry {
    isCPU
      ? LaunchGeometry(1, (inputs + 15) / 16, local: (1, 1))
      : LaunchGeometry(ldw / maskVector, inputs, local: (32, 8))
  }

  /// Over blocks or the columns of a matrix, for `block_keys` and `mask_count`.
  package func columns(ldw: Int) -> LaunchGeometry {
    LaunchGeometry(ldw / maskVector, local: isCPU ? 1 : 32)
  }
}
