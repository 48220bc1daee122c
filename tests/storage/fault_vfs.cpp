#include "fault_vfs.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

namespace longview::storage::test {

namespace {

/// What a write or truncation replaced.
struct Replaced {
    sqlite3_int64 offset = 0, size_before = 0;
    std::string bytes;
};

struct Plan {
    Fault fault = Fault::kill;
    std::int64_t at = 0, steps = 0;
    bool fired = false;
    std::map<std::string, std::vector<Replaced>> unsynced;
    std::minstd_rand random{1};
};

// SQLite's callbacks carry no place for it.
Plan plan;
sqlite3_vfs* real_vfs = nullptr;

bool dead() {
    return plan.fired && is_fatal(plan.fault);
}

enum class Verdict { go_on, fail, half };

/// What becomes of the next step.
Verdict next_step() {
    if (plan.fired && plan.fault != Fault::error)
        return Verdict::fail;
    if (++plan.steps != plan.at)
        return Verdict::go_on;
    plan.fired = true;
    return plan.fault == Fault::torn ? Verdict::half : Verdict::fail;
}

int code_of(int otherwise) {
    return plan.fault == Fault::full ? SQLITE_FULL : otherwise;
}

struct File {
    sqlite3_file base;
    char* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}

void remember(File* file, sqlite3_int64 offset, sqlite3_int64 count) {
    Replaced replaced;
    replaced.offset = offset;
    file->real()->pMethods->xFileSize(file->real(), &replaced.size_before);
    const sqlite3_int64 end = std::min(offset + count, replaced.size_before);
    if (end > offset) {
        replaced.bytes.resize(static_cast<std::size_t>(end - offset));
        file->real()->pMethods->xRead(file->real(), replaced.bytes.data(), static_cast<int>(end - offset),
                                      offset);
    }
    plan.unsynced[file->path].push_back(std::move(replaced));
}

int close_file(sqlite3_file* file) {
    const int result = of(file)->real()->pMethods->xClose(of(file)->real());
    sqlite3_free(of(file)->path);
    return result;
}

int read_file(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    if (dead())
        return SQLITE_IOERR_READ;
    return of(file)->real()->pMethods->xRead(of(file)->real(), bytes, count, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    const Verdict verdict = next_step();
    if (verdict == Verdict::fail)
        return code_of(SQLITE_IOERR_WRITE);
    const int part = verdict == Verdict::half ? count / 2 : count;
    remember(of(file), offset, part);
    const int result = of(file)->real()->pMethods->xWrite(of(file)->real(), bytes, part, offset);
    return verdict == Verdict::half ? SQLITE_IOERR_WRITE : result;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (next_step() != Verdict::go_on)
        return code_of(SQLITE_IOERR_TRUNCATE);
    sqlite3_int64 before = 0;
    of(file)->real()->pMethods->xFileSize(of(file)->real(), &before);
    remember(of(file), size, std::max<sqlite3_int64>(before - size, 0));
    return of(file)->real()->pMethods->xTruncate(of(file)->real(), size);
}

int sync_file(sqlite3_file* file, int) {
    if (next_step() != Verdict::go_on)
        return code_of(SQLITE_IOERR_FSYNC);
    plan.unsynced.erase(of(file)->path);
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    return dead() ? SQLITE_IOERR_FSTAT : of(file)->real()->pMethods->xFileSize(of(file)->real(), size);
}

// Locks stay real: connections of several processes meet in them.
int lock(sqlite3_file* file, int level) {
    return of(file)->real()->pMethods->xLock(of(file)->real(), level);
}
int unlock(sqlite3_file* file, int level) {
    return of(file)->real()->pMethods->xUnlock(of(file)->real(), level);
}
int check_lock(sqlite3_file* file, int* result) {
    return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
    return of(file)->real()->pMethods->xFileControl(of(file)->real(), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return of(file)->real()->pMethods->xSectorSize(of(file)->real());
}
int characteristics(sqlite3_file*) {
    return 0; // the worst of disks: nothing is atomic, nothing in order
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    return of(file)->real()->pMethods->xShmMap(of(file)->real(), page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return of(file)->real()->pMethods->xShmLock(of(file)->real(), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    of(file)->real()->pMethods->xShmBarrier(of(file)->real());
}
int shm_unmap(sqlite3_file* file, int remove) {
    return of(file)->real()->pMethods->xShmUnmap(of(file)->real(), remove);
}

constexpr sqlite3_io_methods methods{
    2,        close_file,  read_file,  write_file, truncate_file, sync_file,       size_of_file,
    lock,     unlock,      check_lock, control,    sector_size,   characteristics, shm_map,
    shm_lock, shm_barrier, shm_unmap,  nullptr,    nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    if (dead())
        return SQLITE_CANTOPEN;
    const int result = real_vfs->xOpen(real_vfs, name, of(file)->real(), flags, out_flags);
    if (result != SQLITE_OK)
        return result;
    of(file)->path = sqlite3_mprintf("%s", name == nullptr ? "" : name);
    file->pMethods = &methods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int) {
    if (next_step() != Verdict::go_on)
        return SQLITE_IOERR_DELETE;
    plan.unsynced.erase(name);
    return real_vfs->xDelete(real_vfs, name, 0);
}

sqlite3_vfs vfs{};

void take_back(const std::string& path, const std::vector<Replaced>& writes, bool all) {
    for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
        if (!all && plan.random() % 2 == 0)
            continue;
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        if (!file) // deleted meanwhile
            return;
        file.seekp(write->offset);
        file.write(write->bytes.data(), static_cast<std::streamsize>(write->bytes.size()));
        file.close();
        if (all)
            static_cast<void>(!::truncate(path.c_str(), write->size_before));
    }
}

} // namespace

const char* name_of(Fault fault) {
    constexpr const char* names[] = {
        "kill before a step",           "kill within a step", "power loss",
        "power loss, some writes kept", "one step fails",     "disk fails from a step on",
        "disk full from a step on"};
    return names[static_cast<int>(fault)];
}

bool is_fatal(Fault fault) {
    return fault <= Fault::power_some;
}

FaultVfs::FaultVfs() {
    real_vfs = sqlite3_vfs_find(nullptr);
    vfs = *real_vfs;
    vfs.pNext = nullptr;
    vfs.zName = "faulty";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    sqlite3_vfs_register(&vfs, 1);
}

FaultVfs::~FaultVfs() {
    sqlite3_vfs_unregister(&vfs);
}

void FaultVfs::arm(Fault fault, std::int64_t step) {
    plan = {};
    plan.fault = fault;
    plan.at = step;
    plan.random.seed(static_cast<unsigned>(step) + 1);
}

void FaultVfs::lift() {
    if (plan.fired && (plan.fault == Fault::power || plan.fault == Fault::power_some)) {
        for (const auto& [path, writes] : plan.unsynced)
            take_back(path, writes, plan.fault == Fault::power);
    }
    plan.unsynced.clear();
    plan.at = 0;
    plan.fired = false;
}

std::int64_t FaultVfs::steps() const {
    return plan.steps;
}

bool FaultVfs::fired() const {
    return plan.fired;
}

} // namespace longview::storage::test
