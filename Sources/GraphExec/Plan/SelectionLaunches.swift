import Device

/// The launches that find the lowest of some keys, exactly: the radix select of `mask.cl`.
package struct SelectionLaunches {
  /// Keys that lie one after another.
  package struct Range {
    let first: Int
    let count: Int
    /// Whose they are, for people.
    let name: String

    fileprivate var arguments: [Launch.Argument] { [.int(count), .int(first)] }
  }

  /// When a launch does something: `ALWAYS` and `IF_SHORT` in `mask.cl`.
  enum When: Int {
    case always, ifShort
  }

  static let keys = Launch.Argument.buffer(.scratch(.keys))
  /// Which keys were the lowest, of the last selection.
  static let selection = Launch.Argument.buffer(.scratch(.selection))
  private static let histograms = Launch.Argument.buffer(.scratch(.histograms))

  private let small: SmallKernels
  private let options: String

  /// - Parameter slots: how many the optimizer has, as in the other launches of the file.
  init(_ config: KernelConfig, slots: Int) {
    small = SmallKernels(config)
    options = defines(small.maskMacros(slots: slots))
  }

  /// Bytes of the scratch buffers that they need beside the keys.
  static func buffers(_ config: KernelConfig) -> [BufferID: Int] {
    [
      .scratch(.selection): SmallKernels.selectionBytes,
      .scratch(.histograms): SmallKernels(config).histogramBytes,
    ]
  }

  /// Finds the `count` smallest keys of a range.
  func lowest(_ count: Int, of range: Range, _ when: When) -> [Launch] {
    let condition = Launch.Argument.int(when.rawValue)
    let chunks = Launch.Argument.int(small.selectChunks(of: range.count))
    let passes = (0..<3).flatMap { pass in
      [
        launch(
          range, "select_histogram",
          range.arguments + [.int(pass), condition, Self.keys, Self.selection, Self.histograms],
          small.selectAll(range.count)),
        launch(
          range, "select_digit",
          [.int(count), chunks, .int(pass), condition, Self.histograms, Self.selection],
          small.selectOne),
      ]
    }
    let cut = launch(
      range, "select_cut",
      range.arguments + [chunks, condition, Self.keys, Self.histograms, Self.selection],
      small.selectOne)
    return passes + [cut]
  }

  /// Notes where a pool would keep fewer than so many.
  func check(_ pool: Range, keeps minimum: Int) -> Launch {
    launch(
      pool, "select_check", pool.arguments + [.int(minimum), Self.keys, Self.selection], small.selectOne)
  }

  /// Puts those of a pool that a selection among its own would keep out of reach.
  func protect(_ pool: Range) -> Launch {
    launch(
      pool, "select_protect", pool.arguments + [Self.selection, Self.keys],
      small.selectAll(pool.count))
  }

  private func launch(
    _ range: Range, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry
  ) -> Launch {
    Launch(
      label: "\(range.name) prune", file: "mask.cl", kernel: kernel, options: options, arguments: arguments,
      geometry: geometry, tile: "", shape: "\(range.count)", flops: 0, bytes: range.count * 4)
  }
}
