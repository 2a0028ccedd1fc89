/* SPDX-License-Identifier: Apache-2.0
 *
 * The media process: `zvonok media`, started and watched by `zvonok serve` (app/media_process.h), which speaks to it over a pair of sockets
 * (media/channel.h). One thread: a reactor with the channel, one UDP socket, connections of ICE-TCP that were handed over; above them transports, above these the rooms.
 * It has no files, no store, no secrets of people; a fault in it ends the calls of this process, which browsers join again by themselves.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#define MEDIA_CHANNEL_FD 3

/* argv, behind the word "media": the UDP port to bind (0: any free one), the TCP port to announce (0: none), which process of several it is (0-7), addresses to
 * announce, separated by commas. Ends the process: 0 when the program closed the channel, 2 wrong arguments, 3 no walls, 4 no port (said on stderr), 5 the
 * channel broke. */
#define MEDIA_PROCESSES_MAX 8
_Noreturn void media_main(int argc, char **argv);

#endif
