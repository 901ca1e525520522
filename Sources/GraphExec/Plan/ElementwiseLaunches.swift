import Device
import Foundation

/// The launches over flat arrays of one tensor's shape: the one place that knows their arguments and geometry.
package struct ElementwiseLaunches {
  private let rows: Int
  private let width: Int

  /// - Parameter width: floats from one row to the next.
  package init(rows: Int, width: Int) {
    self.rows = rows
    self.width = width
  }

  package func relu(_ x: BufferID, to y: BufferID) -> Launch { launch("relu_forward", [x, y]) }

  /// The gradient where the activation is positive.
  package func gate(_ activation: BufferID, _ dY: BufferID, to dX: BufferID) -> Launch {
    launch("relu_gate", [activation, dY, dX])
  }

  package func add(_ a: BufferID, _ b: BufferID, to sum: BufferID) -> Launch { launch("add", [a, b, sum]) }

  package func add(_ part: BufferID, into sum: BufferID) -> Launch { launch("add_into", [part, sum]) }

  package func fill(_ y: BufferID, with value: Float) -> Launch {
    launch("fill", [y], numbers: [.float(value)])
  }

  private func launch(_ kernel: String, _ tensors: [BufferID], numbers: [Launch.Argument] = []) -> Launch {
    let count = rows * width
    return Launch(
      label: kernel.replacingOccurrences(of: "_", with: " "), file: "elementwise.cl", kernel: kernel,
      arguments: [.long(count)] + numbers + tensors.map { .buffer($0) },
      geometry: LaunchGeometry(count, local: 64), shape: "\(rows)x\(width)", flops: count,
      bytes: count * 4 * tensors.count)
  }
}
