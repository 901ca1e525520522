import Device
import GraphExec
import Testing

/// The tiles of the kernels for GPUs fit the device and cover the result; no GPU is needed to see that.
@Suite struct GPUTilesTests {
  private static let smallest = GPUTiles.choose(maxWorkGroup: 0, localMemory: 0)
  private static let every = GPUTiles.all + [smallest]

  @Test("the first tile that work-groups and local memory allow is chosen")
  func choice() {
    func choose(_ items: Int, _ bytes: Int) -> GPUTiles {
      GPUTiles.choose(maxWorkGroup: items, localMemory: bytes)
    }
    #expect(choose(1024, 48 << 10) == GPUTiles(tileM: 64, tileN: 64, tileK: 16, threadM: 4, threadN: 4))
    // Too few work-items for 256, enough for 64.
    #expect(choose(128, 48 << 10) == GPUTiles(tileM: 32, tileN: 32, tileK: 32, threadM: 4, threadN: 4))
    // Too little memory for all but the smallest of the list, then for that.
    #expect(
      choose(1024, 10 << 10) == GPUTiles(tileM: 32, tileN: 32, tileK: 16, threadM: 2, threadN: 4, vector: 2))
    #expect(choose(1024, 8 << 10) == Self.smallest)
    #expect(Self.smallest.groupSize == 64 && Self.smallest.localBytes == 2304)
  }

  @Test("a tile is what its kernels can be built for", arguments: every)
  func constraints(tiles: GPUTiles) {
    // As matmul_gpu.cl demands with #error.
    let (m, n, k, vector) = (tiles.tileM, tiles.tileN, tiles.tileK, tiles.vector)
    #expect(m % tiles.threadM == 0 && n % tiles.threadN == 0)
    #expect(tiles.threadM % vector == 0 && tiles.threadN % vector == 0 && k % vector == 0)
    #expect(m * k % (vector * tiles.groupSize) == 0 && n * k % (vector * tiles.groupSize) == 0)
    // Panels of both operands, twice, with a vector of padding a row.
    #expect(tiles.localBytes == 2 * 4 * k * (m + vector + n + vector))
  }

  @Test(
    "a launch covers the result with whole groups, and no group lies outside", arguments: every,
    [(1, 1, 16), (65, 130, 256), (784, 1000, 256)] as [(inputs: Int, outputs: Int, stride: Int)])
  func coverage(tiles: GPUTiles, size: (inputs: Int, outputs: Int, stride: Int)) {
    let ldw = leadingDimension(size.outputs)
    let results: [(MatmulPass, rows: Int, columns: Int)] = [
      (.forward, size.outputs, size.stride), (.inputGradient, size.inputs, size.stride),
      (.weightGradient, size.inputs, ldw),
    ]
    for (pass, rows, columns) in results {
      let geometry = KernelConfig.gpu(tiles).geometry(
        pass, inputs: size.inputs, outputs: size.outputs, ldw: ldw, stride: size.stride)
      #expect(geometry.local[0] * geometry.local[1] == tiles.groupSize)
      let (down, across) = (roundUp(rows, to: tiles.tileM), roundUp(columns, to: tiles.tileN))
      let groups = geometry.global[0] / geometry.local[0] * (geometry.global[1] / geometry.local[1])
      #expect(groups == down / tiles.tileM * (across / tiles.tileN), "\(pass)")
    }
  }

  @Test("every macro of the tiles is handed to the compiler")
  func options() {
    let tiles = GPUTiles(tileM: 128, tileN: 64, tileK: 8, threadM: 8, threadN: 4, vector: 2)
    #expect(
      KernelConfig.gpu(tiles).matmulOptions
        == "-DTILE_M=128 -DTILE_N=64 -DTILE_K=8 -DTHREAD_M=8 -DTHREAD_N=4 -DVECTOR=2")
  }
}
