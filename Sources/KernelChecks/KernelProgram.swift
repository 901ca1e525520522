import Device
import GraphExec

/// A program, with those of its kernels that a verification launches.
package struct KernelProgram {
  /// File, prelude and options.
  package let text: ProgramText
  /// The kernels, and the work-items of the largest group that each is launched with.
  package fileprivate(set) var kernels: [String: Int]

  /// What a verification of the kernels for GPUs builds on a GPU, which need not be there.
  package static var forGPUs: [KernelProgram] {
    let lister = ProgramLister(CommonGPU())
    VerifyPass(
      runner: lister, report: VerifyReport(), families: [.gpu], quick: false,
      extent: .programs, progress: { _ in }
    ).run()
    return lister.programs
  }
}

extension VerifyExtent {
  /// What decides over options: widths of images and batch sizes. Products take theirs from the tiles, each of which is
  /// tried by itself, and one size of them is enough.
  fileprivate static var programs: VerifyExtent {
    var extent = full
    extent.matmuls = quick.matmuls
    extent.convolutions = quick.convolutions
    extent.blockedConvolutions = []
    extent.sparse.removeAll { $0.shape.inputs > 100 }
    extent.sparseConvolutions = quick.sparseConvolutions
    (extent.masks, extent.elements) = (quick.masks, quick.elements)
    extent.isThorough = false
    return extent
  }
}

/// A GPU as kernels are made for: every tile fits it.
private struct CommonGPU: DeviceTraits {
  let kind = ComputeDevice.Kind.gpu
  /// An H200's.
  let computeUnits = 132
  let localMemory = 48 << 10
  let maxWorkGroup = 1024
  let floatWidth = 1
  let ordersGroups = true
}

/// Notes what is launched, and runs nothing. So all results are wrong, and nobody looks at them.
private final class ProgramLister: KernelRunner {
  let device: any DeviceTraits
  /// In the order in which they are first launched.
  private(set) var programs: [KernelProgram] = []

  init(_ device: any DeviceTraits) { self.device = device }

  func buffer<T: BitwiseCopyable>(_ name: String, _ values: [T]) throws -> any KernelBuffer {
    HostBuffer(bytes: values.withUnsafeBytes(Array.init))
  }

  func run(_ launch: Launch, on buffers: [BufferID: any KernelBuffer], imageCount: Int) throws {
    let text = ProgramText(file: launch.file, prelude: launch.prelude, options: launch.options)
    let place = programs.firstIndex { $0.text == text } ?? programs.count
    if place == programs.count { programs.append(KernelProgram(text: text, kernels: [:])) }
    let group = launch.geometry.local.reduce(1, *)
    programs[place].kernels[launch.kernel] = max(group, programs[place].kernels[launch.kernel] ?? 0)
  }
}

/// An operand that no kernel sees: it stays as it was.
private struct HostBuffer: KernelBuffer {
  let bytes: [UInt8]
  var buffer: DeviceBuffer? { nil }

  func read<T: BitwiseCopyable>(_ type: T.Type) throws -> [T] {
    bytes.withUnsafeBytes { Array($0.bindMemory(to: type)) }
  }

  func checkCanaries() throws {}
}
