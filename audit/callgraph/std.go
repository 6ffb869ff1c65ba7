package callgraph

import "strings"

// stdTraits are the traits of the standard library with functions, by name: it may
// call them where a crate hands it a type that has them.
var stdTraits = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(stdTraitNames) {
		set[w] = true
	}
	return set
}()

const stdTraitNames = `
Alloc Allocator Any AsFd AsHandle AsMut AsRawFd AsRawHandle AsRawSocket AsRef AsSocket AsciiExt
AsyncFn AsyncFnMut AsyncFnOnce AsyncIterator Binary
Borrow BorrowMut BufRead BuildHasher Clone CloneToUninit CoerceUnsized Concat Coroutine Debug Default Deref
DerefMut DispatchFromDyn Display DoubleEndedIterator Drop Eq Error ExactSizeIterator Extend
FileExt FileTypeExt Fn FnMut FnOnce From FromIterator FromRawFd FromResidual FromStr Future GlobalAlloc Hash
Hasher Into IntoFuture IntoIterator IntoRawFd Iterator Join LowerExp LowerHex MetadataExt
Octal OpenOptionsExt Ord OsStrExt OsStringExt PartialEq PartialOrd Pattern PermissionsExt
Pointer Product RangeBounds Read Residual ReverseSearcher Searcher Seek
SliceIndex SliceConcat Step Sum Termination ToOwned ToSocketAddrs ToString Try TryFrom TryInto
UpperExp UpperHex Wake Write FusedIterator TrustedLen RawWaker CommandExt ExitStatusExt ChildExt DirEntryExt
`

// operators are the traits of the standard library that it calls on its own types
// only: an expression of a crate calls them, and that is seen.
var operators = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields("Add BitAnd BitOr BitXor Div Mul Rem Shl Shr Sub") {
		set[w], set[w+"Assign"] = true, true
	}
	set["Neg"], set["Not"], set["Index"], set["IndexMut"] = true, true, true, true
	return set
}()

// stdFunctions are the functions of those traits, for an impl block that a macro
// wrote and whose trait is not seen.
var stdFunctions = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(stdFunctionNames) {
		set[w] = true
	}
	return set
}()

const stdFunctionNames = `
alloc alloc_zeroed allocate allocate_zeroed deallocate dealloc realloc grow grow_zeroed shrink by_ref
type_id as_fd as_handle as_mut as_raw_fd as_raw_handle as_raw_socket as_ref as_socket call call_mut call_once
async_call async_call_mut async_call_once poll_next 
borrow borrow_mut fill_buf consume has_data_left read_until skip_until read_line split lines build_hasher hash_one
build_hash clone clone_from clone_to_uninit concat join resume fmt default deref deref_mut next_back
advance_back_by nth_back try_rfold rfold rfind rev eq ne assert_receiver_is_total_eq assert_fields_are_eq source
description cause provide len is_empty extend extend_one extend_reserve extend_one_unchecked from from_iter from_raw_fd
from_raw_handle from_raw_socket from_residual from_str poll hash hash_slice finish write_length_prefix write_str
write_u8 write_u16 write_u32 write_u64 write_u128 write_usize write_i8 write_i16 write_i32 write_i64 write_i128
write_isize into into_future into_iter into_raw_fd into_raw_handle into_raw_socket next next_chunk
size_hint count last advance_by nth step_by chain zip intersperse intersperse_with map for_each filter filter_map
enumerate peekable skip_while take_while map_while skip take scan flat_map flatten map_windows fuse inspect collect
try_collect collect_into partition partition_in_place is_partitioned try_fold try_for_each fold reduce try_reduce all
any find find_map try_find position rposition max min max_by_key max_by min_by_key min_by unzip copied cloned cycle
array_chunks sum product cmp cmp_by partial_cmp partial_cmp_by eq_by lt le gt ge is_sorted is_sorted_by is_sorted_by_key
clamp __iterator_get_unchecked 
start_bound end_bound contains is_contained_in is_prefix_of is_suffix_of strip_prefix_of strip_suffix_of into_searcher
as_utf8_pattern haystack next_match next_reject next_match_back next_reject_back read read_vectored is_read_vectored
read_to_end read_to_string read_exact read_buf read_buf_exact bytes seek rewind stream_len stream_position seek_relative
get get_mut get_unchecked get_unchecked_mut steps_between forward forward_checked forward_unchecked backward
backward_checked backward_unchecked report to_owned to_owned_clone_into clone_into to_socket_addrs to_string branch
from_output try_from try_into wake wake_by_ref write write_vectored is_write_vectored flush write_all write_all_vectored
write_fmt write_char drop is_terminated spec_to_string spec_fold
`
