/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of libgupnp-igd for whip-client of Debian 12: libnice loads the real one, that loads libsoup 3, which ends every process that has libsoup 2,
 * as whip-client has. Without it libnice asks no router for a port; the client itself is as Debian ships it. broadcast.test.mjs compiles this.
 */
unsigned long gupnp_simple_igd_get_type(void);
void *gupnp_simple_igd_thread_new(void);
void gupnp_simple_igd_add_port(void);
void gupnp_simple_igd_remove_port_local(void);

unsigned long gupnp_simple_igd_get_type(void)
{
	return 80; /* G_TYPE_OBJECT */
}

void *gupnp_simple_igd_thread_new(void)
{
	return (void *)0;
}

void gupnp_simple_igd_add_port(void)
{
}

void gupnp_simple_igd_remove_port_local(void)
{
}
