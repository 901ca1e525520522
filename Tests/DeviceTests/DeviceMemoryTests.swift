import Device
import TestSupport
import Testing

/// Buffers: what is written is read, and what cannot fit is refused before the driver is asked.
@Suite(.serialized, .needs(.openCL))
struct DeviceMemoryTests {
  private func context() throws -> ComputeContext { try ComputeContext(TestDevice.openCL()) }

  @Test("values come back, from any offset, and after a copy and a fill")
  func roundTrip() throws {
    let context = try context()
    let queue = try CommandQueue(context)
    let values = (0..<1000).map { Float($0) }
    let buffer = try DeviceBuffer(context, name: "values", byteCount: 4000)
    try queue.write(values, to: buffer)
    #expect(try queue.read(Float.self, from: buffer, count: 1000) == values)
    try queue.write([Float(-1), -2], to: buffer, offset: 10)
    #expect(try queue.read(Float.self, from: buffer, offset: 9, count: 4) == [9, -1, -2, 12])
    let copy = try DeviceBuffer(context, name: "copy", byteCount: 5000)
    try queue.fill(copy, with: 0xFF)
    try queue.copy(buffer, to: copy)
    #expect(try queue.read(UInt32.self, from: copy, offset: 1000, count: 1) == [UInt32.max])
    #expect(try queue.read(Float.self, from: copy, offset: 11, count: 1) == [-2])
    #expect(try queue.read(Float.self, from: copy, count: 0) == [])
    let marker = try queue.mark()
    try marker.wait()
    #expect(marker.isComplete)
  }

  @Test("a part of a buffer shares its memory and counts none")
  func parts() throws {
    let context = try context()
    let queue = try CommandQueue(context)
    let whole = try DeviceBuffer(context, name: "whole", byteCount: 12288)
    try queue.fill(whole)
    let used = context.memory.used
    let part = try DeviceBuffer(of: whole, name: "part", offset: 4096, byteCount: 100)
    #expect(context.memory.used == used)
    try queue.fill(part, with: 7)
    let bytes = try queue.read(UInt8.self, from: whole, offset: 4095, count: 102)
    #expect(bytes == [0] + [UInt8](repeating: 7, count: 100) + [0])
  }

  @Test("the ledger counts buffers while they live")
  func ledger() throws {
    let context = try context()
    #expect(context.memory.used == 0)
    do {
      let a = try DeviceBuffer(context, name: "a", byteCount: 1000)
      let b = try DeviceBuffer(context, name: "b", byteCount: 0)
      // OpenCL knows no empty buffer.
      #expect(a.byteCount == 1000 && b.byteCount == 4)
      #expect(context.memory.used == 1004)
    }
    #expect(context.memory.used == 0 && context.memory.peak == 1004)
  }

  @Test("a request that cannot fit says what was asked and what the device has")
  func refusals() throws {
    let context = try context()
    let ledger = context.memory
    let single = try #require(throws: OutOfDeviceMemory.self) {
      try DeviceBuffer(context, name: "W0", byteCount: ledger.largestBuffer + 1)
    }
    #expect(single.requested == ledger.largestBuffer + 1 && single.isSingle)
    #expect(single.description.hasPrefix("W0 needs "))
    #expect(single.description.contains("its largest single buffer is"))
    #expect(single.description.contains("training.batch_size"))
    #expect(ledger.used == 0)

    // The device's memory as a whole; drivers allocate lazily, so nothing is touched here.
    var held: [DeviceBuffer] = []
    let chunk = min(ledger.largestBuffer, ledger.capacity / 2)
    let full = #expect(throws: OutOfDeviceMemory.self) {
      for _ in 0..<(ledger.capacity / chunk + 1) {
        held.append(try DeviceBuffer(context, name: "images", byteCount: chunk))
      }
    }
    #expect(full?.isSingle == false)
    #expect(full?.used == held.count * chunk)
    #expect(full?.description.contains("in use") == true)
  }
}

/// Sizes of a launch.
@Suite struct LaunchGeometryTests {
  @Test("global sizes are rounded up to whole work-groups")
  func rounding() {
    #expect(LaunchGeometry(100, local: 64).description == "128/64")
    #expect(LaunchGeometry(0, local: 8).description == "8/8")
    let plane = LaunchGeometry(33, 7, local: (16, 8))
    #expect(plane.description == "48x8/16x8")
    #expect(plane == LaunchGeometry(48, 8, local: (16, 8)) && plane != LaunchGeometry(48, 8, local: (8, 8)))
    #expect(roundUp(0, to: 16) == 16 && roundUp(16, to: 16) == 16 && roundUp(17, to: 16) == 32)
  }
}
