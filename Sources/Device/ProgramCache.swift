import COpenCL
import Foundation
import Synchronization

/// The built programs of a context: each file is built once for each file before it and set of options.
final class ProgramCache: @unchecked Sendable {
  /// A program that is ready.
  struct Built {
    /// The driver's.
    let handle: cl_program
    /// The hash of its text and options, by which one context's program is known to be another's, too.
    let hash: UInt64
  }

  // @unchecked: program handles are thread-safe by the standard; the dictionary is behind the lock.
  private struct Programs: @unchecked Sendable { var built: [ProgramText: Built] = [:] }
  private let state = Mutex(Programs())
  private let store: ProgramStore?

  /// - Parameter store: where programs are kept for later starts; nil leaves that to the driver.
  init(store: ProgramStore?) { self.store = store }

  deinit { state.withLock { $0.built.values.forEach { clReleaseProgram($0.handle) } } }

  /// The program of `file` for `options`, built at the first request; its text follows that of `prelude`.
  func program(_ file: String, prelude: String?, options: String, in context: ComputeContext) throws
    -> Built
  {
    let all = [context.device.compilerOptions, options].filter { !$0.isEmpty }.joined(separator: " ")
    let key = ProgramText(file: file, prelude: prelude, options: all)
    return try Compilation.exclusively {
      if let known = state.withLock({ $0.built[key] }) { return known }
      let text = try key.text(from: context.sources)
      let program = Built(
        handle: try make(key, text, in: context), hash: FNV1a.hash(of: "\(key.options)\n\(text)".utf8))
      state.withLock { $0.built[key] = program }
      return program
    }
  }

  /// A program of an earlier start, or else one that is built.
  private func make(_ key: ProgramText, _ text: String, in context: ComputeContext) throws -> cl_program {
    guard let store else { return try Self.buildPatiently(key, text, in: context) }
    let path = store.path(of: text, options: key.options, on: context.device)
    if let kept = store.load(path, options: key.options, in: context) { return kept }
    let program = try Self.buildPatiently(key, text, in: context)
    store.keep(program, at: path)
    return program
  }

  /// Builds a program, again where a failure has no place in the kernels: processes that use PoCL at the same time share
  /// its cache on the disk, and trip over each other's temporary files there.
  private static func buildPatiently(_ key: ProgramText, _ text: String, in context: ComputeContext) throws
    -> cl_program
  {
    for _ in 1..<3 {
      do {
        return try build(key, text, in: context)
      } catch let failure as KernelBuildFailure where failure.place == nil {
        continue
      }
    }
    return try build(key, text, in: context)
  }

  private static func build(_ key: ProgramText, _ text: String, in context: ComputeContext) throws
    -> cl_program
  {
    let (file, options) = (key.file, key.options)
    var code: Int32 = 0
    let created = text.withCString { source in
      var source: UnsafePointer<CChar>? = source
      return clCreateProgramWithSource(context.handle, 1, &source, nil, &code)
    }
    guard let program = created, code == CL_SUCCESS else {
      throw OpenCLError(call: "clCreateProgramWithSource(\(file))", code: code)
    }
    var device: cl_device_id? = context.device.id
    let built = clBuildProgram(program, 1, &device, options, nil, nil)
    guard built == CL_SUCCESS else {
      defer { clReleaseProgram(program) }
      throw KernelBuildFailure(
        file: file, options: options, device: context.device.name, code: built,
        log: log(of: program, on: context.device))
    }
    return program
  }

  private static func log(of program: cl_program, on device: ComputeDevice) -> String {
    var size = 0
    let key = cl_program_build_info(CL_PROGRAM_BUILD_LOG)
    guard clGetProgramBuildInfo(program, device.id, key, 0, nil, &size) == CL_SUCCESS, size > 0 else {
      return ""
    }
    var bytes = [UInt8](repeating: 0, count: size)
    _ = bytes.withUnsafeMutableBytes {
      clGetProgramBuildInfo(program, device.id, key, size, $0.baseAddress, nil)
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// A kernel file that the device's compiler refused.
public struct KernelBuildFailure: Error, CustomStringConvertible {
  /// The file; the text that was compiled is also that of files before it and in it.
  public let file: String
  /// The options it was built with.
  public let options: String
  /// The device's name.
  public let device: String
  /// The raw OpenCL code.
  public let code: Int32
  /// The compiler's log.
  public let log: String

  /// The log's first `FILE.cl:LINE`, or nil when the compiler names none.
  public var place: (file: String, line: Int)? {
    guard let match = log.firstMatch(of: /([\w\/]+\.cl):(\d+)/), let line = Int(match.2) else { return nil }
    return (String(match.1), line)
  }

  /// The file and line, the device, the options, and then the log.
  public var description: String {
    let name =
      place.map { "\($0.file), line \($0.line)" + ($0.file == file ? "" : " (a part of \(file))") } ?? file
    return """
      kernel \(name) does not build on \(device): \(OpenCLError(call: "clBuildProgram", code: code).name) (\(code))
      options: \(options)
      \(log)
      """
  }
}
