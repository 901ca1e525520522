import Foundation
import Glibc
import TestSupport
import Testing

/// A terminal without a screen, for programs that ask how large theirs is.
struct PseudoTerminal {
  let columns: Int
  let rows: Int

  /// Runs the tool on it to its end, and returns what it drew and its exit code.
  func run(
    _ arguments: [String], in folder: String, environment: [String: String],
    onText: (String, Int32) -> Void = { _, _ in }
  ) throws -> (text: String, exitCode: Int32) {
    // What posix_openpt and its kin do; Swift does not see them.
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (lock, number) = (Int32(0), Int32(0))
    try #require(
      master >= 0 && ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    let slave = open(name, O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(slave, UInt(TIOCSWINSZ), &size) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Tool.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardError = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    try process.run()
    close(slave)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // Reading fails once the last program on the terminal has ended.
    while case let count = read(master, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
      onText(String(decoding: buffer[..<count], as: UTF8.self), process.processIdentifier)
    }
    close(master)
    process.waitUntilExit()
    return (String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n"), process.terminationStatus)
  }
}
